using System.Security.Cryptography;
using System.Text.Json;
using Itra.Cli.Demo;
using NetVips;

namespace Itra.Cli.Tests.Demo;

public sealed class DemoWorldTests : IDisposable
{
    private static readonly DemoSizes Small = new(40, 30, 20, 100, 7);
    private readonly string root = Directory.CreateTempSubdirectory("itra-demo").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string At(string name) => Path.Combine(root, name);

    [Fact]
    public void The_same_sizes_give_the_same_files_and_another_seed_gives_others()
    {
        DemoWorld.Prepare(At("a"), Small);
        DemoWorld.Prepare(At("b"), Small);
        DemoWorld.Prepare(At("c"), Small with { Seed = 8 });
        Assert.Equal(Digests("a"), Digests("b"));
        Assert.NotEqual(Digests("a"), Digests("c"));
    }

    [Fact]
    public void What_is_drawn_is_used_again_and_what_was_left_half_done_is_not()
    {
        Assert.True(DemoWorld.Prepare(At("a"), Small).Drawn);
        Assert.False(DemoWorld.Prepare(At("a"), Small).Drawn);
        File.Delete(Path.Combine(At("a"), "finished.txt"));
        Assert.True(DemoWorld.Prepare(At("a"), Small).Drawn);
        Assert.True(DemoWorld.Prepare(At("a"), Small with { Seed = 8 }).Drawn);
    }

    [Fact]
    public void Annotations_and_images_are_as_coco_has_them()
    {
        var (world, _) = DemoWorld.Prepare(At("a"), Small);
        foreach (var (year, split, count) in new[] { (2014, "train", 40), (2014, "val", 20), (2017, "train", 30), (2017, "val", 20) })
        {
            var (images, captions) = Annotations(world, year, split);
            Assert.Equal(count, images.Count);
            Assert.Equal(5 * count, captions.Select(c => c.Caption).Distinct().Count());
            Assert.All(images, i => Assert.Equal(5, captions.Count(c => c.Image == i.Key)));
            using var picture = Image.NewFromFile(Path.Combine(world.Datasets, $"coco{year}", $"{split}{year}", images.First().Value));
            Assert.Equal((Painter.Side, Painter.Side, 3), (picture.Width, picture.Height, picture.Bands));
        }
    }

    [Fact]
    public void A_scene_is_in_one_set_only()
    {
        var (world, _) = DemoWorld.Prepare(At("a"), Small);
        // The id of a picture is the number of its scene.
        var ids = new[] { 2014, 2017 }.SelectMany(year => new[] { "train", "val" }.SelectMany(split => Annotations(world, year, split).Images.Keys)).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Held_out_pictures_differ_from_each_other()
    {
        var (world, _) = DemoWorld.Prepare(At("a"), Small);
        var files = Directory.GetFiles(Path.Combine(world.Datasets, "coco2017", "val2017"));
        Assert.Equal(files.Length, files.Select(f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))).Distinct().Count());
    }

    private string[] Digests(string name) =>
        [.. Directory.GetFiles(At(name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => Path.GetRelativePath(At(name), f) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))))];

    private static (Dictionary<int, string> Images, List<(int Image, string Caption)> Captions) Annotations(DemoWorld world, int year, string split)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(world.Datasets, $"coco{year}", "annotations", $"captions_{split}{year}.json")));
        return (json.RootElement.GetProperty("images").EnumerateArray().ToDictionary(i => i.GetProperty("id").GetInt32(), i => i.GetProperty("file_name").GetString()!),
            [.. json.RootElement.GetProperty("annotations").EnumerateArray().Select(a => (a.GetProperty("image_id").GetInt32(), a.GetProperty("caption").GetString()!))]);
    }
}
