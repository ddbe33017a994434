using Itra.Trainer.Data;

namespace Itra.Cli.Demo;

/// <summary>How much the demo draws. Held-out pictures show scenes that no training picture shows.</summary>
internal sealed record DemoSizes(int DayTrain, int NightTrain, int HeldOut, int Merges, int Seed)
{
    public static readonly DemoSizes Standard = new(4000, 2000, 300, 400, 1);
}

/// <summary>The demo's files: two sets of pictures in COCO layout, a vocabulary of their words, and the sizes of a tiny model.</summary>
internal sealed record DemoWorld(string Folder)
{
    private const string Finished = "finished.txt";

    // To be raised with every change of what is drawn or said, so that nobody trains on pictures of an older program.
    private const int Edition = 1;

    /// <summary>Holds the bright part as coco2014 and the dark one as coco2017, so that a run can train on one and be evaluated on the other.</summary>
    public string Datasets => Path.Combine(Folder, "datasets");

    public string Vocabulary => Path.Combine(Folder, "words.txt.gz");

    public string Model => Path.Combine(Folder, "model_config.json");

    /// <summary>Draws what is missing; the same sizes give the same files.</summary>
    /// <returns>The world, and whether it had to be drawn.</returns>
    public static (DemoWorld World, bool Drawn) Prepare(string folder, DemoSizes sizes)
    {
        var world = new DemoWorld(folder);
        string finished = Path.Combine(folder, Finished), mark = $"edition {Edition}: {sizes}";
        if (File.Exists(finished) && File.ReadAllText(finished) == mark) return (world, false);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        world.Draw(sizes);
        // Last: a folder without it was left by a process that was killed, and is drawn again.
        File.WriteAllText(finished, mark);
        return (world, true);
    }

    private void Draw(DemoSizes sizes)
    {
        var numbers = Enumerable.Range(0, Scene.Count).ToArray();
        new Random(sizes.Seed).Shuffle(numbers);
        var scenes = new Queue<int>(numbers);

        List<string> captions = [];
        foreach (var (year, wording, painter, train) in new[]
                 {
                     (2014, Wording.Day, new Painter(atNight: false), sizes.DayTrain),
                     (2017, Wording.Night, new Painter(atNight: true), sizes.NightTrain),
                 })
        {
            var coco = new CocoFolder(Datasets, year);
            foreach (var (split, count) in new[] { ("train", train), ("val", sizes.HeldOut) })
            {
                var pictures = Enumerable.Range(0, count).Select(_ => scenes.Dequeue())
                    .Select(number => (number + 1, painter.Draw(Scene.At(number), sizes.Seed + number), wording.Captions(Scene.At(number)))).ToList();
                coco.Write(split, pictures);
                if (split == "train") captions.AddRange(pictures.SelectMany(p => p.Item3));
            }
        }
        var vocabularySize = BpeLearner.Learn(captions, sizes.Merges, Vocabulary);
        File.WriteAllText(Model, TinyModel.Json(vocabularySize));
    }
}
