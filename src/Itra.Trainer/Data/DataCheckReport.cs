namespace Itra.Trainer.Data;

/// <summary>What was found in the data of a configuration.</summary>
/// <param name="Duplicates">Pictures of the training set that are in an evaluation's set, too, byte for byte.</param>
/// <param name="Remarks">What is no defect but worth knowing.</param>
public sealed record DataCheckReport(IReadOnlyList<CheckedSet> Sets, IReadOnlyList<SharedPicture> Duplicates, IReadOnlyList<string> Remarks)
{
    /// <summary>False if training or evaluation would stop at something.</summary>
    public bool Sound => Sets.All(s => s.Broken.Count == 0 && s.WithoutCaption.Count == 0);
}

/// <summary>One data set.</summary>
/// <param name="Role">What it is for: train, retrieval, zero-shot CIFAR10, ...</param>
/// <param name="Items">Images, or image-caption rows.</param>
/// <param name="Bytes">Size of all its files.</param>
/// <param name="Digest">As a run would record it, if nothing is broken.</param>
/// <param name="TruncatedCaptions">Captions with more tokens than the text tower takes; null if there is no vocabulary to count with.</param>
public sealed record CheckedSet(
    string Role, string Name, int Items, int Captions, long Bytes, string Digest, IReadOnlyList<BrokenSample> Broken, IReadOnlyList<BrokenSample> WithoutCaption, int? TruncatedCaptions);

/// <summary>A sample that cannot be used.</summary>
public sealed record BrokenSample(string Path, string Reason);

/// <summary>One picture in two sets.</summary>
/// <param name="Role">Of the evaluation's set.</param>
public sealed record SharedPicture(string Role, string Train, string Evaluation);
