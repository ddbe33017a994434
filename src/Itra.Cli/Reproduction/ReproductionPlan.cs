using System.Globalization;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Reading;
using Itra.Trainer.Reproduction;

namespace Itra.Cli.Reproduction;

/// <summary>What running a recorded run again takes, and whether it is there.</summary>
/// <param name="Original">What is to come out again.</param>
/// <param name="Inputs">What was looked for, and the spec with the places where it is.</param>
/// <param name="Tolerance">How far the result may stray under the conditions here.</param>
/// <param name="Remarks">What else is not as it was; no obstacle.</param>
/// <param name="Here">Where the new run comes from.</param>
internal sealed record ReproductionPlan(OriginalRun Original, RecordedInputs Inputs, ReproductionTolerance Tolerance, IReadOnlyList<string> Remarks, Provenance Here)
{
    private const string Threads = "threads", Logs = "logs", Name = "name", DatasetsDir = "datasets_dir", ImagesDir = "images_dir";

    /// <summary>Settings that say where things are, or how the run is called; what is there is compared by content.</summary>
    public static readonly IReadOnlySet<string> Places = new HashSet<string>
    {
        DatasetsDir, ImagesDir, "retrieval_images_dir", "zeroshot_data", "vocabulary", "image_model", "text_model", "image_model_tag", "text_model_tag", "cache_dir", "resume",
        Logs, Name, Threads,
    };

    public string RunId => Original.Registered.RunId;

    public bool IsPossible => Inputs.AreComplete;

    /// <param name="here">The provenance that a run started here and now would have.</param>
    /// <param name="places">Places the user names instead of the recorded ones, by setting; absolute.</param>
    /// <exception cref="UserErrorException">The run cannot be run again at all, or not yet.</exception>
    public static async Task<ReproductionPlan> MakeAsync(
        IReadOnlyList<(long Version, RunEvent Event)> events, MetricCurves curves, InputSearch search, IReadOnlyCollection<string> trainers, Provenance here,
        IReadOnlyDictionary<string, string> places, CancellationToken cancellation)
    {
        var registered = events.Select(e => e.Event).OfType<RunRegistered>().First();
        var original = OriginalRun.Of(events, await CurvesAsync(registered.RunId, curves, cancellation));
        if (original.Status is RunStatus.Running or RunStatus.Registered)
            throw new UserErrorException($"{registered.RunId} is {original.Status.ToString().ToLowerInvariant()}: what it comes to is not known before it ends");
        var inputs = await search.FindAsync(Moved(registered, here, places), [.. events.Select(e => e.Event)], cancellation);
        if (!trainers.Contains(registered.Spec.Trainer))
            inputs = inputs with { Needs = [new Need("trainer", NeedState.Missing, $"there is no trainer '{registered.Spec.Trainer}' here", []), .. inputs.Needs] };
        return new ReproductionPlan(original, inputs, ReproductionTolerance.Between(registered.Provenance, here), [.. RemarksOn(registered.Provenance, here)], here);
    }

    private static async Task<Dictionary<string, RecordedCurve>> CurvesAsync(string run, MetricCurves curves, CancellationToken cancellation)
    {
        var read = new Dictionary<string, RecordedCurve>();
        foreach (var name in await curves.NamesAsync(run, cancellation))
        {
            var curve = await curves.ReadAsync(run, name, cancellation);
            read[name] = new RecordedCurve(curve.Steps, curve.Values);
        }
        return read;
    }

    private static RunSpec Moved(RunRegistered registered, Provenance here, IReadOnlyDictionary<string, string> places)
    {
        var spec = registered.Spec;
        Dictionary<string, string> settings = new(spec.Config) { [Name] = $"{spec.Name}-reproduction" };
        // As many threads as then, unless told otherwise: a sum over other parts has other last digits.
        settings[Threads] = here.Threads.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in places) settings[key] = value;
        return spec with { Name = settings[Name], Config = settings };
    }

    private static IEnumerable<string> RemarksOn(Provenance then, Provenance now)
    {
        if (then.Commit != now.Commit) yield return $"code: commit {Short(then.Commit)} then, {Short(now.Commit)} now";
        if (then.Dirty || now.Dirty) yield return $"code: {Changes(then)} then, {Changes(now)} now";
        if (then.ItraVersion != now.ItraVersion) yield return $"Itra: {then.ItraVersion} then, {now.ItraVersion} now";
        if (then.OperatingSystem != now.OperatingSystem) yield return $"operating system: {then.OperatingSystem} then, {now.OperatingSystem} now";
        if (then.Environment is not { } environment) yield break;
        foreach (var name in environment.Keys.Union(now.Environment!.Keys).Order(StringComparer.Ordinal))
            if (environment.GetValueOrDefault(name) is var before && now.Environment.GetValueOrDefault(name) is var after && before != after)
                yield return $"environment: {name} {before ?? "not set"} then, {after ?? "not set"} now";
    }

    private static string Short(string? commit) => commit?[..Math.Min(12, commit.Length)] ?? "none";

    private static string Changes(Provenance p) => !p.Dirty ? "no changes" : p.Patch is { } patch ? $"changes in patch {patch.Sha256[..12]}" : "changes that were not kept";
}
