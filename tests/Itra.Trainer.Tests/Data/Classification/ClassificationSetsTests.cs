using Itra.Domain;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Tests.Data.Classification;

public sealed class ClassificationSetsTests : IDisposable
{
    private readonly DataSetsFolder sets = new();

    public void Dispose() => sets.Dispose();

    [Theory]
    [InlineData("ImageNet", 1000, 80, "tench", "toilet paper")]
    [InlineData("CIFAR10", 10, 18, "airplane", "truck")]
    [InlineData("CIFAR100", 100, 18, "apple", "worm")]
    [InlineData("MNIST", 10, 1, "0", "9")]
    [InlineData("STL10", 10, 2, "airplane", "truck")]
    public void The_published_lists_have_the_size_that_CLIP_s_paper_gives(string name, int classes, int templates, string first, string last)
    {
        var prompts = ClassPrompts.Published(name);
        Assert.Equal((classes, templates, first, last), (prompts.Names.Count, prompts.Templates.Count, prompts.Names[0], prompts.Names[^1]));
        Assert.All(prompts.Templates, t => Assert.Contains("{}", t, StringComparison.Ordinal));
        Assert.Equal(templates, prompts.Templates.Distinct().Count());
        Assert.All(prompts.Names, n => Assert.Equal(n.Trim(), n));
    }

    [Fact]
    public void Some_of_ImageNet_s_classes_have_the_numbers_that_everybody_knows()
    {
        var names = ClassPrompts.Published("ImageNet").Names;
        Assert.Equal(["great white shark", "Golden Retriever", "tabby cat", "giant panda", "laptop computer", "pizza"], new[] { 2, 207, 281, 388, 620, 963 }.Select(i => names[i]));
    }

    [Fact]
    public void A_name_is_put_into_every_template_with_blanks_for_underscores_and_slashes() =>
        Assert.Equal(["a hot dog  stand.", "the hot dog  stand!"], new ClassPrompts(["x", "hot_dog /stand"], ["a {}.", "the {}!"]).Of(1));

    [Fact]
    public void What_is_there_is_found_with_ImageNet_first()
    {
        sets.WriteMnist(1);
        sets.WriteCifar10(1);
        sets.WriteImages("imagenet/val/cat/a.png");
        Assert.Equal(["ImageNet", "CIFAR10", "MNIST"], ClassificationSets.Find(sets.Root));
        Assert.Equal([], ClassificationSets.Find(Path.Combine(sets.Root, "imagenet")));
        Assert.Equal("CIFAR10", ClassificationSets.Open("cifar-10", sets.Root, SetPart.Test).Name);
    }

    [Fact]
    public void Folders_are_classes_in_the_order_of_their_names_and_images_may_lie_deeper()
    {
        sets.WriteImages("pets/test/dog/2.png", "pets/test/dog/1.jpg", "pets/test/cat/deep/3.png", "pets/train/cat/4.png", "pets/train/dog/5.png");
        sets.Write("pets/test/dog/notes.txt", "no image");
        var set = ClassificationSets.Open("pets", sets.Root, SetPart.Test);
        Assert.Equal(["cat", "dog"], set.Prompts.Names);
        Assert.Equal([("cat/deep/3.png", 0), ("dog/1.jpg", 1), ("dog/2.png", 1)], set.Files.Zip(set.Images, (f, i) => (f.Name, i.Label)));
        Assert.Equal(2, ClassificationSets.Open(Path.Combine(sets.Root, "pets"), datasetsDirectory: null, SetPart.Train).Images.Count);
    }

    [Fact]
    public void A_class_list_and_a_list_of_templates_are_taken_where_they_are()
    {
        sets.WriteImages("birds/a1/1.png", "birds/b2/2.png");
        sets.Write("birds/classes.txt", "b2\tblue jay", "", "a1\tAmerican robin");
        sets.Write("birds/templates.txt", "a drawing of a {}.");
        var prompts = ClassificationSets.Open("birds", sets.Root, SetPart.Test).Prompts;
        Assert.Equal(["American robin", "blue jay"], prompts.Names);
        Assert.Equal(["a drawing of a blue jay."], prompts.Of(1));
    }

    [Fact]
    public void A_part_of_ImageNet_says_that_its_accuracy_is_not_ImageNet_s_and_needs_a_list_if_its_folders_are_numbers()
    {
        sets.WriteImages("imagenet/val/tench/1.png", "imagenet/val/hen/2.png");
        Assert.Contains("2 of its 1000 classes", ClassificationSets.Open("ImageNet", sets.Root, SetPart.Test).Remark, StringComparison.Ordinal);
        Directory.Move(Path.Combine(sets.Root, "imagenet/val/tench"), Path.Combine(sets.Root, "imagenet/val/n01440764"));
        Directory.Move(Path.Combine(sets.Root, "imagenet/val/hen"), Path.Combine(sets.Root, "imagenet/val/n01514859"));
        Refused("imagenet/classes.txt", "ImageNet");
        sets.Write("imagenet/classes.txt", "n01440764\ttench", "n01514859\then");
        Assert.Equal(["tench", "hen"], ClassificationSets.Open("ImageNet", sets.Root, SetPart.Test).Prompts.Names);
    }

    [Fact]
    public void The_1000_folders_of_ImageNet_are_named_by_their_order()
    {
        for (var i = 0; i < 1000; i++) Directory.CreateDirectory(Path.Combine(sets.Root, $"imagenet/val/n{10_000_000 + 7 * i}"));
        sets.WriteImages("imagenet/val/n10000007/1.png");
        var set = ClassificationSets.Open("ImageNet", sets.Root, SetPart.Test);
        Assert.Equal(("goldfish", null, 80), (set.Prompts.Names[set.Images.Single().Label], set.Remark, set.Prompts.Templates.Count));
    }

    [Theory]
    [InlineData("a1\tx", "b2")]
    [InlineData("a1\tx\ty\nb2\tz", "line 1")]
    [InlineData("a1\tx\nb2\t", "line 2")]
    public void A_class_list_that_does_not_fit_is_refused(string list, string named)
    {
        sets.WriteImages("birds/a1/1.png", "birds/b2/2.png");
        sets.Write("birds/classes.txt", list.Split('\n'));
        Refused(named, "birds");
    }

    [Fact]
    public void What_is_not_there_is_one_clear_line()
    {
        Refused("cifar-10-batches-bin", "CIFAR10");
        Refused("known are ImageNet, CIFAR10", "CIFAR11");
        sets.Write("empty/cat/notes.txt", "no image");
        Refused("holds no image", "empty");
        sets.WriteImages("pets/train/cat/4.png");
        Refused("has no test or val folder", "pets");
        sets.WriteImages("birds/a1/1.png");
        sets.Write("birds/templates.txt", "a drawing.");
        Refused("'a drawing.' has no {}", "birds");
    }

    [Fact]
    public void A_fingerprint_tells_other_pixels_other_names_and_other_templates_apart()
    {
        var cache = Path.Combine(sets.Root, "cache");
        sets.WriteImages("birds/a1/1.png", "birds/b2/2.png");
        var plain = Print();
        Assert.Equal(plain, Print());
        Assert.Equal((2, 2), (plain.Items, plain.Captions));
        sets.Write("birds/templates.txt", "a drawing of a {}.");
        var drawn = Print();
        sets.Write("birds/classes.txt", "a1\trobin", "b2\tjay");
        var named = Print();
        sets.WriteImages("birds/b2/2.png");
        var repainted = Print();
        Assert.Equal(4, new[] { plain.Digest, drawn.Digest, named.Digest, repainted.Digest }.Distinct().Count());

        Domain.Training.DatasetFingerprint Print() => Fingerprints.Of(ClassificationSets.Open("birds", sets.Root, SetPart.Test), cache, TestContext.Current.CancellationToken).Fingerprint;
    }

    private void Refused(string named, string set) =>
        Assert.Contains(named, Assert.Throws<UserErrorException>(() => ClassificationSets.Open(set, sets.Root, SetPart.Test)).Message, StringComparison.Ordinal);
}
