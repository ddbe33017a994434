using System.Globalization;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Evaluation;
using MediatR;

namespace Itra.Trainer;

/// <summary>Evaluates weights between those a recorded run started from and those of one of its checkpoints, and records the scores.</summary>
/// <param name="Start">What the run recorded of its initial weights.</param>
/// <param name="End">The checkpoint at the other end.</param>
/// <param name="Alphas">Shares of the checkpoint's weights, each from 0 to 1.</param>
public sealed record EvaluateWiseFt(string RunId, RunSpec Spec, ModelInitialised Start, CheckpointSaved End, IReadOnlyList<double> Alphas) : IRequest<WiseFtCurve>
{
    /// <summary>Retrieval sets to score besides those of the spec; their metrics get the set's name before theirs.</summary>
    public IReadOnlyList<string> AlsoRetrieval { get; init; } = [];

    /// <summary>The share whose weights are to be kept as a checkpoint, in the run's folder and in the artifact store.</summary>
    public double? SaveAlpha { get; init; }

    /// <summary>Sees each point as soon as it is there.</summary>
    public IProgress<WiseFtPoint>? Progress { get; init; }
}

/// <param name="Scores">In percent, by metric name.</param>
/// <param name="Kept">The mixed weights, if they were kept.</param>
public sealed record WiseFtPoint(double Alpha, IReadOnlyDictionary<string, double> Scores, Artifact? Kept, double Seconds);

/// <param name="Datasets">Name and digest of every set that was scored.</param>
/// <param name="KeptAs">Where the mixed weights were written, if they were.</param>
public sealed record WiseFtCurve(
    string RunId, int Epoch, string StartDigest, string EndDigest, IReadOnlyDictionary<string, string> Datasets, IReadOnlyList<WiseFtPoint> Points, string? KeptAs)
{
    /// <summary>By metric the alpha that scores highest; of several the largest.</summary>
    public IReadOnlyDictionary<string, double> Best => Points.SelectMany(p => p.Scores.Keys).Distinct()
        .ToDictionary(m => m, m => Points.OrderByDescending(p => p.Scores.GetValueOrDefault(m, double.MinValue)).ThenByDescending(p => p.Alpha).First().Alpha);
}

internal sealed class EvaluateWiseFtHandler(string modelsFolder, string cacheFolder, IRunJournal journal, IArtifactStore artifacts, TimeProvider clock)
    : IRequestHandler<EvaluateWiseFt, WiseFtCurve>
{
    // One thread for all of it, as in training.
    public Task<WiseFtCurve> Handle(EvaluateWiseFt request, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Run(request, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private WiseFtCurve Run(EvaluateWiseFt request, CancellationToken cancellation)
    {
        using var line = WiseFtLine.Open(request, modelsFolder, cacheFolder, artifacts, clock, cancellation);
        var points = new List<WiseFtPoint>();
        string? keptAs = null;
        foreach (var alpha in request.Alphas.Append(request.SaveAlpha ?? request.Alphas[0]).Distinct().Order())
        {
            var started = clock.GetTimestamp();
            using var mixed = WeightInterpolation.Mix(line.Start, line.End, alpha);
            var scores = line.Score(mixed, $"wise-ft {alpha}", cancellation);
            Artifact? kept = null;
            if (alpha == request.SaveAlpha) (keptAs, kept) = Keep(request, line, mixed, alpha);
            var point = new WiseFtPoint(alpha, scores, kept, clock.GetElapsedTime(started).TotalSeconds);
            var command = new RecordWiseFt(alpha, line.StartDigest, line.EndDigest, request.End.Epoch, line.Datasets, scores, kept, point.Seconds) { At = clock.GetUtcNow() };
            journal.RecordAsync(request.RunId, command, CancellationToken.None).GetAwaiter().GetResult();
            request.Progress?.Report(point);
            points.Add(point);
        }
        return new WiseFtCurve(request.RunId, request.End.Epoch, line.StartDigest, line.EndDigest, line.Datasets, points, keptAs);
    }

    /// <returns>The file beside the run's checkpoints, if the run has files, and what the store has.</returns>
    private (string? Path, Artifact Kept) Keep(EvaluateWiseFt request, WiseFtLine line, ModelTensors mixed, double alpha)
    {
        var folder = RunFolder.Of(line.Config)?.Checkpoints;
        var path = Path.Combine(folder ?? Path.GetTempPath(), $"wise_ft_{alpha.ToString(CultureInfo.InvariantCulture)}.pt");
        Checkpoint.WriteMixture(path, mixed, line.Model.Activations, line.Config, request.End.Epoch, (alpha, line.StartDigest, line.EndDigest));
        Artifact kept;
        using (var file = File.OpenRead(path)) kept = artifacts.PutAsync(file, CancellationToken.None).GetAwaiter().GetResult();
        if (folder is not null) return (path, kept);
        File.Delete(path);
        return (null, kept);
    }
}
