using Itra.Trainer.Models;
using Itra.Trainer.Optimization;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>A checkpoint as ITRA writes it, which torch.load reads: epoch, name, state_dict, optimizer; and Itra's own part beside them.</summary>
internal static class Checkpoint
{
    public static WrittenFile Write(string path, ClipLearner learner, ClipConfig config, CheckpointPosition position)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = StateDict(learner.Weights);
        var tree = new Dictionary<string, object?>
        {
            ["epoch"] = position.Epoch,
            ["name"] = config.Name,
            ["state_dict"] = weights,
            ["optimizer"] = new Dictionary<string, object?> { ["state"] = State(learner), ["param_groups"] = Groups(learner, config) },
            ["itra"] = new Dictionary<string, object?>([.. learner.Model.Activations.Entries().Select(a => KeyValuePair.Create(a.Key, (object?)a.Value))])
            {
                ["step"] = position.Step,
                ["batch"] = position.Begun.Batches,
                ["batches_per_epoch"] = position.BatchesPerEpoch,
                ["loss_sum"] = position.Begun.LossSum,
                ["skipped"] = position.Begun.Skipped.ToDictionary(s => s.Path, s => (object?)s.Reason),
                ["run_updates"] = position.Updates,
                ["evaluated"] = position.IsEvaluated,
                ["results"] = position.Results,
                // There is no other state: randomness is a function of the seed and the position.
                ["loss_scaler"] = learner.Scaler?.State,
                ["updates"] = learner.Optimizer.Updates,
                // The optimizer's numbers mean these: two locks can leave tensors of the same shapes.
                ["parameters"] = learner.Parameters.Groups.SelectMany(g => g.Parameters).Select(p => (object?)p.Name).ToList(),
                ["config"] = config.ToDictionary().ToDictionary(c => c.Key, c => (object?)c.Value),
            },
        };
        if (learner.Scaler is { } scaler) tree["scaler"] = scaler.State;
        if (learner.Average is { } average)
        {
            var averaged = StateDict(average.Tensors);
            // What does not train is its own average: the same tensor in the file, too.
            var trained = learner.Parameters.Groups.SelectMany(g => g.Parameters).Select(p => p.Name).ToHashSet();
            foreach (var plan in average.Tensors.Parameters.Where(p => !trained.Contains(p.Name))) averaged[plan.Name] = weights[plan.Name];
            tree["ema_state_dict"] = averaged;
        }
        return TorchArchive.Write(path, tree);
    }

    /// <summary>Weights alone, in the same form: to be evaluated, exported or fine-tuned further.</summary>
    /// <param name="epoch">Epochs that the trained ones were trained.</param>
    /// <param name="mixture">Share of the trained weights, and the digests of both ends.</param>
    public static WrittenFile WriteMixture(
        string path, ModelTensors mixed, Activations activations, ClipConfig config, int epoch, (double Alpha, string Start, string End) mixture)
    {
        using var scope = NewDisposeScope();
        return TorchArchive.Write(path, new Dictionary<string, object?>
        {
            ["epoch"] = epoch,
            ["name"] = config.Name,
            ["state_dict"] = StateDict(mixed),
            // The original asks for one; of another number of groups, it leaves its own as it is.
            ["optimizer"] = new Dictionary<string, object?> { ["state"] = new Dictionary<object, object?>(), ["param_groups"] = new List<object?>() },
            ["itra"] = new Dictionary<string, object?>([.. activations.Entries().Select(a => KeyValuePair.Create(a.Key, (object?)a.Value))])
            {
                ["wise_ft_alpha"] = mixture.Alpha,
                ["start_digest"] = mixture.Start,
                ["end_digest"] = mixture.End,
            },
        });
    }

    private static OrderedDictionary<string, object?> StateDict(ModelTensors weights)
    {
        var entries = new OrderedDictionary<string, object?>();
        foreach (var plan in weights.Plan) entries.Add(plan.Name, weights[plan.Name].detach());
        return entries;
    }

    /// <summary>Per parameter, numbered group by group.</summary>
    private static Dictionary<object, object?> State(ClipLearner learner)
    {
        var state = new Dictionary<object, object?>();
        if (learner.Optimizer.Updates == 0) return state;
        var isAdam = learner.Optimizer is AdamW;
        foreach (var (number, plan) in learner.Parameters.Groups.SelectMany(g => g.Parameters).Index())
        {
            var entry = new Dictionary<string, object?>();
            if (isAdam) entry["step"] = tensor((float)learner.Optimizer.Updates, device: CPU);
            foreach (var (name, buffer) in learner.Optimizer.State) entry[name] = learner.Parameters.View(buffer, plan.Name);
            state.Add((long)number, entry);
        }
        return state;
    }

    private static List<object?> Groups(ClipLearner learner, ClipConfig config)
    {
        var first = 0;
        var groups = new List<object?>();
        foreach (var group in learner.Parameters.Groups)
        {
            var numbers = Enumerable.Range(first, group.Parameters.Count).Select(i => (object?)(long)i).ToList();
            first += group.Parameters.Count;
            var settings = new Dictionary<string, object?> { ["lr"] = config.Lr * group.LearningRateScale, ["weight_decay"] = group.WeightDecay, ["lr_scale"] = group.LearningRateScale, ["params"] = numbers, ["maximize"] = false, ["foreach"] = null, ["differentiable"] = false };
            if (learner.Optimizer is AdamW)
                (settings["betas"], settings["eps"], settings["amsgrad"], settings["capturable"]) = ((config.OptBetas[0], config.OptBetas[1]), config.OptEps, false, false);
            else
                (settings["momentum"], settings["dampening"], settings["nesterov"]) = (config.Momentum, 0.0, config.Opt != "momentum");
            groups.Add(settings);
        }
        return groups;
    }
}
