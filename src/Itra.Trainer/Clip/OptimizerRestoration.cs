using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Puts an optimizer's saved state back, if it is that of the same parameters. Learning rate, decay and so on stay those of the run.</summary>
internal static class OptimizerRestoration
{
    private const string StepKey = "step";

    /// <param name="updates">Updates made so far, for optimizers whose state does not tell.</param>
    /// <returns>How the saved state differs; if it does at all, the optimizer was left alone.</returns>
    public static IReadOnlyList<string> Restore(SavedCheckpoint saved, ClipLearner learner, long updates)
    {
        var state = saved.Optimizer!.State;
        List<TensorPlan> parameters = [.. learner.Parameters.Groups.SelectMany(g => g.Parameters)];
        List<string> differences = [.. GroupDifferences(saved.Optimizer, learner)];
        if (differences.Count == 0) differences.AddRange(NameDifferences(saved, parameters));
        // Saved before the first update: there is nothing to put back.
        if (state.Count == 0) return differences;
        if (differences.Count == 0) differences.AddRange(StateDifferences(saved.Optimizer, learner, parameters));
        if (differences.Count > 0) return differences;

        var steps = parameters.Index().Select(p => Step(saved, state[p.Index])).Distinct().ToList();
        if (steps.Count > 1) return [$"its parameters were updated {steps.Min()} to {steps.Max()} times: all must have been updated together"];
        ParallelReads.ForEach(parameters.Index(), parameter =>
        {
            foreach (var (key, buffer) in learner.Optimizer.State)
            {
                using var place = learner.Parameters.View(buffer, parameter.Item.Name);
                saved.At((TensorRef)state[parameter.Index][key]!).LoadInto(place);
            }
        });
        learner.Optimizer.Resume(steps[0] ?? updates);
        return [];
    }

    private static IEnumerable<string> GroupDifferences(SavedOptimizer saved, ClipLearner learner)
    {
        var groups = learner.Parameters.Groups;
        if (saved.Groups.Count != groups.Count) return [$"its optimizer has {saved.Groups.Count} parameter groups, here {groups.Count} (locks, heads, layer decay)"];
        return saved.Groups.Zip(groups).Index()
            .Select(g => (Number: g.Index, Then: (g.Item.First.GetValueOrDefault("params") as List<object?>)?.Count ?? 0, Now: g.Item.Second.Parameters.Count))
            .Where(g => g.Then != g.Now).Select(g => $"parameter group {g.Number} of its optimizer has {g.Then} parameters, here {g.Now}");
    }

    // Only our own checkpoints say which parameter a number stands for.
    private static IEnumerable<string> NameDifferences(SavedCheckpoint saved, List<TensorPlan> parameters) =>
        saved.Itra?.GetValueOrDefault("parameters") is not List<object?> names ? []
        : names.Zip(parameters).Where(p => p.First as string != p.Second.Name).Select(p => $"its optimizer trained {p.First}, here {p.Second.Name}");

    private static IEnumerable<string> StateDifferences(SavedOptimizer saved, ClipLearner learner, List<TensorPlan> parameters)
    {
        foreach (var (number, plan) in parameters.Index())
        {
            if (!saved.State.TryGetValue(number, out var entry))
            {
                yield return $"its optimizer has no state of {plan.Name}";
                continue;
            }
            foreach (var key in learner.Optimizer.State.Keys)
            {
                if (entry.GetValueOrDefault(key) is not TensorRef tensor)
                {
                    yield return $"its optimizer keeps {string.Join(", ", entry.Keys)}, and not {key}: it is of another --opt";
                    yield break;
                }
                if (!tensor.Shape.SequenceEqual(plan.Shape)) yield return $"{key} of {plan.Name} is ({string.Join(", ", tensor.Shape)}), here ({string.Join(", ", plan.Shape)})";
            }
        }
    }

    private static long? Step(SavedCheckpoint saved, Dictionary<string, object?> entry)
    {
        if (entry.GetValueOrDefault(StepKey) is not TensorRef tensor) return entry.GetValueOrDefault(StepKey) as long?;
        using var step = saved.Load(tensor);
        return (long)step.to_type(ScalarType.Float64).item<double>();
    }
}
