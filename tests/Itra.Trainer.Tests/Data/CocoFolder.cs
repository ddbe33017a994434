using System.Text.Json;
using Itra.Trainer.Tests.Data.Images;
using NetVips;

namespace Itra.Trainer.Tests.Data;

/// <summary>A tiny data set in MS-COCO layout in a temporary folder: noise images, five captions each.</summary>
internal sealed class CocoFolder : IDisposable
{
    public CocoFolder(int images, string split = "train2017")
    {
        Images = Directory.CreateDirectory(Path.Combine(Root, "coco2017", split)).FullName;
        Annotations = Path.Combine(Directory.CreateDirectory(Path.Combine(Root, "coco2017", "annotations")).FullName, $"captions_{split}.json");
        for (int id = 0; id < images; id++) WriteImage(id);
        // Listed backwards, so that the order of the ids is seen to be restored.
        Write(Enumerable.Range(0, images).Reverse(), Enumerable.Range(0, images).SelectMany(id => Enumerable.Range(0, 6).Select(c => (id, $"image {id} caption {c}"))));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("itra-coco-").FullName;

    public string Images { get; }

    public string Annotations { get; }

    public string ImagePath(int id) => Path.Combine(Images, $"{id:d12}.jpg");

    public void Write(IEnumerable<int> images, IEnumerable<(int Id, string Caption)> captions) =>
        File.WriteAllText(Annotations, JsonSerializer.Serialize(new
        {
            images = images.Select(id => new { id, file_name = $"{id:d12}.jpg", height = 1 }),
            annotations = captions.Select((c, i) => new { image_id = c.Id, id = i, caption = c.Caption }),
        }));

    public void CutShort(int id)
    {
        using var file = new FileStream(ImagePath(id), FileMode.Open);
        file.SetLength(file.Length / 2);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private unsafe void WriteImage(int id)
    {
        var noise = BicubicResamplerTests.Noise(48 + id, 40, 3);
        using var image = Image.NewFromMemoryCopy((nint)noise.Data, (ulong)(noise.Pitch * noise.Height), noise.Width, noise.Height, 3, Enums.BandFormat.Uchar);
        image.WriteToFile(ImagePath(id));
    }
}
