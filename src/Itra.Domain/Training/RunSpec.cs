namespace Itra.Domain.Training;

/// <summary>What a run is asked to do. Two runs of one spec on one machine and one set of data give the same numbers.</summary>
/// <param name="Trainer">Name of the trainer that understands <paramref name="Config"/>.</param>
/// <param name="Experiment">The question this run belongs to.</param>
/// <param name="Name">What people call the run; not necessarily unique.</param>
/// <param name="Seed">Everything random is derived from it.</param>
/// <param name="Config">Every setting by its underscored name, as invariant text; complete, so that no later default can change its meaning.</param>
public sealed record RunSpec(string Trainer, string Experiment, string Name, int Seed, IReadOnlyDictionary<string, string> Config)
{
    public bool Equals(RunSpec? other) =>
        other is not null && (Trainer, Experiment, Name, Seed) == (other.Trainer, other.Experiment, other.Name, other.Seed)
        && Config.Count == other.Config.Count && Config.All(c => other.Config.TryGetValue(c.Key, out var value) && value == c.Value);

    public override int GetHashCode() => HashCode.Combine(Trainer, Experiment, Name, Seed, Config.Count);
}
