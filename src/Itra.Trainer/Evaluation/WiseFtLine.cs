using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Devices;
using Itra.Trainer.Models;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Both ends of a recorded run's WiSE-FT, loaded once, and what its weights are scored on.</summary>
internal sealed class WiseFtLine : IDisposable
{
    private readonly List<(string Prefix, IEvaluation Evaluation)> evaluations = [];
    private readonly Dictionary<string, string> datasets = [];

    private WiseFtLine(ClipConfig config, ClipModel model, ModelTensors start, ModelTensors end)
    {
        (Config, Model, Start, End) = (config, model, start, end);
        (StartDigest, EndDigest) = (start.Digest(), end.Digest());
    }

    public ClipConfig Config { get; }

    public ClipModel Model { get; }

    public ModelTensors Start { get; }

    public ModelTensors End { get; }

    public string StartDigest { get; }

    public string EndDigest { get; }

    /// <summary>Digests of what is scored, by name.</summary>
    public IReadOnlyDictionary<string, string> Datasets => datasets;

    /// <exception cref="UserErrorException">The run has no such line, or its ends cannot be had any more.</exception>
    public static WiseFtLine Open(EvaluateWiseFt request, string modelsFolder, string cacheFolder, IArtifactStore artifacts, TimeProvider clock, CancellationToken cancellation)
    {
        foreach (var alpha in request.Alphas.Append(request.SaveAlpha ?? 0))
            if (alpha is not (>= 0 and <= 1)) throw new UserErrorException($"alpha {alpha} is outside of 0 (the initial weights) to 1 (the trained ones)");
        // Nothing is trained: the training set need not be here any more.
        var config = ClipConfig.Parse(request.Spec.Config) with { TrainData = null, Resume = null };
        MustHaveALine(config, request.RunId);
        TorchLibraries.MustBeUsable();
        set_num_threads(config.Threads > 0 ? config.Threads : Environment.ProcessorCount);
        var library = new ModelLibrary(modelsFolder);
        ClipFamily imageFamily = ClipFamilies.Find(config.ImageModel), textFamily = ClipFamilies.Find(config.TextModel);
        var model = new ClipModel(imageFamily, textFamily, config);

        var start = InitialWeights.Create(model, config, library, out _);
        start.MoveTo(DeviceChoice.Choose(config.Device, count: 1, first: 0, config.AccumFreq, CudaState.Look())[0]);
        var line = new WiseFtLine(config, model, start, LoadEnd(request, model, start, config, artifacts, cancellation));
        try
        {
            if (line.StartDigest != request.Start.WeightsDigest)
                throw new UserErrorException($"the weights that {request.RunId} started from cannot be had again: {request.Start.WeightsSource} now gives {line.StartDigest[..12]}, and it recorded {request.Start.WeightsDigest[..12]}; bring the weight files of that time back");
            line.Add("", config, _ => true, library, textFamily, cacheFolder, clock, cancellation);
            foreach (var set in request.AlsoRetrieval.Distinct())
                line.Add($"{set}: ", config with { RetrievalData = set }, e => e is RetrievalEvaluation, library, textFamily, cacheFolder, clock, cancellation);
            return line.evaluations.Count > 0 ? line : throw new UserErrorException($"{request.RunId} evaluates nothing: it has no --retrieval-data; name a set with --also");
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    /// <summary>Everything that there is to score, by metric name, in percent.</summary>
    public IReadOnlyDictionary<string, double> Score(ModelTensors weights, string label, CancellationToken cancellation)
    {
        var scores = new Dictionary<string, double>();
        foreach (var (prefix, evaluation) in evaluations)
        foreach (var command in evaluation.Evaluate(Replicas.One(weights), 0, label, cancellation))
        foreach (var (metric, score) in command switch { RecordRetrieval r => r.Scores.ByMetric(), RecordClassification c => c.Scores, _ => new Dictionary<string, double>() })
            scores.Add(prefix + metric, score);
        return scores;
    }

    public void Dispose()
    {
        Start.Dispose();
        End.Dispose();
    }

    private void Add(
        string prefix, ClipConfig config, Func<IEvaluation, bool> wanted, ModelLibrary library, ClipFamily text, string cacheFolder, TimeProvider clock, CancellationToken cancellation)
    {
        var data = ClipData.Open(config, library);
        data.MustFit(text);
        var fingerprints = data.Fingerprint(config, cacheFolder, cancellation).ToDictionary(d => d.Role, d => d.Dataset);
        foreach (var set in fingerprints.Values) datasets[set.Name] = set.Digest;
        evaluations.AddRange(Evaluations.Of(Model, data, fingerprints.ToDictionary(f => f.Key, f => f.Value.Digest), frozen: null, config, clock).Where(wanted).Select(e => (prefix, e)));
    }

    private static void MustHaveALine(ClipConfig config, string run)
    {
        if (!config.PretrainedImageModel || !config.PretrainedTextModel)
            throw new UserErrorException($"{run} started from random weights (it lacks --pretrained-image-model or --pretrained-text-model): there is nothing to mix its weights with");
        if (config.ImageHeadNLayers > 0 || config.TextHeadNLayers > 0 || config.Prompt)
            throw new UserErrorException($"{run} trained projection heads or a prompt, which started from random values: mixing with those has no meaning");
    }

    private static ModelTensors LoadEnd(EvaluateWiseFt request, ClipModel model, ModelTensors start, ClipConfig config, IArtifactStore artifacts, CancellationToken cancellation)
    {
        try
        {
            using var fetched = FetchedArtifact.Fetch(request.End.Artifact, artifacts, cancellation);
            using var saved = SavedCheckpoint.Open(fetched.Path);
            saved.Activations.MustEqual(model.Activations, request.End.FileName);
            var end = start.Clone();
            end.ReadFrom(config.ModelEma && saved.HasAverage ? saved.Average() : saved.Weights(), _ => true, request.End.FileName);
            return end;
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }
}
