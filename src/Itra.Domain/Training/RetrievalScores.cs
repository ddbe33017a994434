namespace Itra.Domain.Training;

/// <summary>
/// Image-text retrieval, in percent. Recall@k is the share of queries with a right answer among the first k:
/// an image counts if any of its captions is found, every caption is a query of its own.
/// </summary>
public sealed record RetrievalScores(
    double ImageToTextR1, double ImageToTextR5, double ImageToTextR10,
    double TextToImageR1, double TextToImageR5, double TextToImageR10)
{
    public const string MeanRecallMetric = "retrieval-mean-recall";

    /// <summary>Arithmetic mean of the six recalls.</summary>
    public double MeanRecall => (ImageToTextR1 + ImageToTextR5 + ImageToTextR10 + TextToImageR1 + TextToImageR5 + TextToImageR10) / 6;

    /// <summary>All seven under the names that ITRA's users know from TensorBoard and results.jsonl.</summary>
    public IReadOnlyDictionary<string, double> ByMetric() => new Dictionary<string, double>
    {
        ["retrieval-image2text-R@1"] = ImageToTextR1,
        ["retrieval-image2text-R@5"] = ImageToTextR5,
        ["retrieval-image2text-R@10"] = ImageToTextR10,
        ["retrieval-text2image-R@1"] = TextToImageR1,
        ["retrieval-text2image-R@5"] = TextToImageR5,
        ["retrieval-text2image-R@10"] = TextToImageR10,
        [MeanRecallMetric] = MeanRecall,
    };
}
