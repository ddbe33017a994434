using Itra.Tracking.Explanations;

namespace Itra.Cli.Output;

/// <summary>Where weights came from, one ancestor per line, the further back the further in.</summary>
internal static class LineageText
{
    private const int Most = 7;

    public static IEnumerable<string> Of(Explanation explained)
    {
        var ancestors = explained.Ancestors;
        if (ancestors.Count == 0) yield return "not recorded";
        foreach (var a in ancestors.Take(ancestors.Count > Most ? Most - 1 : Most)) yield return $"{(a.Depth == 0 ? "" : new string('\u00a0', 2 * (a.Depth - 1)) + "└\u00a0")}{Told(a)}";
        if (ancestors.Count > Most) yield return $"and {ancestors.Count - Most + 1} more (--json)";
    }

    private static string Told(Ancestor a)
    {
        var differences = a.Differences.Count > 0 ? $", {a.Differences.Count} differences allowed" : "";
        return a.Kind switch
        {
            AncestorKind.Branch => $"branch of {Run(a)} at epoch {a.Epoch}{(a.Sha256 is null ? "" : $", checkpoint sha256 {Form.Digest(a.Sha256)}")}{differences}",
            AncestorKind.Reproduction => $"reproduction of {Run(a)}: started where that one did",
            AncestorKind.InitialWeights => $"{a.Name} weights{(a.Sha256 is null ? "" : $", sha256 {Form.Digest(a.Sha256)}")}",
            _ => $"{a.Name}, sha256 {Form.Digest(a.Sha256)}: {(a.RunId is null ? "not recorded here" : $"{Run(a)} after epoch {a.Epoch}")}{differences}",
        } + (a.TrainedOn is { } data ? $", trained on {data.Name} ({Form.Digest(data.Digest)})" : "") + (a.Unfollowed && a.RunName is not null ? " (not followed further)" : "");
    }

    private static string Run(Ancestor a) => a.RunName is null ? $"{a.RunId} (not recorded here)" : $"{a.RunName} ({a.RunId})";
}
