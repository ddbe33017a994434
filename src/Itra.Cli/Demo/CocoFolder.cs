using System.Text.Json;
using NetVips;

namespace Itra.Cli.Demo;

/// <summary>Writes pictures and captions as MS-COCO lays them out.</summary>
/// <param name="folder">Becomes the <c>--datasets-dir</c> of a run.</param>
/// <param name="year">2014 or 2017: the data sets <c>mscoco_captions_2014</c> and <c>mscoco_captions</c>.</param>
internal sealed class CocoFolder(string folder, int year)
{
    private const int JpegQuality = 92;

    /// <param name="split">train or val.</param>
    /// <param name="pictures">Image id, pixels (<see cref="Painter.Side"/> squared, RGB) and captions.</param>
    public void Write(string split, IReadOnlyList<(int Id, byte[] Pixels, IReadOnlyList<string> Captions)> pictures)
    {
        var root = Path.Combine(folder, $"coco{year}");
        var images = Directory.CreateDirectory(Path.Combine(root, $"{split}{year}")).FullName;
        var annotations = Directory.CreateDirectory(Path.Combine(root, "annotations")).FullName;

        foreach (var (id, pixels, _) in pictures)
        {
            using var picture = Image.NewFromMemory(pixels, Painter.Side, Painter.Side, 3, Enums.BandFormat.Uchar);
            using var rgb = picture.Copy(interpretation: Enums.Interpretation.Srgb);
            rgb.Jpegsave(Path.Combine(images, FileName(id)), q: JpegQuality, subsampleMode: Enums.ForeignSubsample.Off);
        }
        using var file = File.Create(Path.Combine(annotations, $"captions_{split}{year}.json"));
        JsonSerializer.Serialize(file, new
        {
            images = pictures.Select(p => new { id = p.Id, file_name = FileName(p.Id), width = Painter.Side, height = Painter.Side }),
            annotations = pictures.SelectMany(p => p.Captions.Select((caption, i) => new { id = 10 * p.Id + i, image_id = p.Id, caption })),
        });
    }

    private static string FileName(int id) => $"{id:D12}.jpg";
}
