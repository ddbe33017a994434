namespace Itra.Trainer.Evaluation;

/// <summary>How often an image is given its own class, in percent.</summary>
internal static class ClassificationMetric
{
    /// <summary>Share of the images whose class is among the first <paramref name="k"/> guesses.</summary>
    /// <param name="guesses">For each image classes, the likeliest first.</param>
    /// <param name="labels">For each image its class.</param>
    /// <exception cref="ArgumentException">There are no images, or as many guesses as labels there are not.</exception>
    public static double Accuracy(IReadOnlyList<int[]> guesses, IReadOnlyList<int> labels, int k = 1)
    {
        Require(guesses, labels);
        return 100.0 * guesses.Zip(labels).Count(p => p.First.AsSpan(0, Math.Min(k, p.First.Length)).Contains(p.Second)) / labels.Count;
    }

    /// <summary>Mean over the classes that have images of each one's accuracy, so that a class counts the same however many images it has.</summary>
    /// <inheritdoc cref="Accuracy"/>
    public static double MeanPerClass(IReadOnlyList<int[]> guesses, IReadOnlyList<int> labels)
    {
        Require(guesses, labels);
        return 100.0 * guesses.Zip(labels).GroupBy(p => p.Second).Average(c => c.Average(p => p.First[0] == p.Second ? 1.0 : 0.0));
    }

    private static void Require(IReadOnlyList<int[]> guesses, IReadOnlyList<int> labels)
    {
        if (labels.Count == 0 || guesses.Count != labels.Count) throw new ArgumentException($"there are {guesses.Count} guesses for {labels.Count} images");
    }
}
