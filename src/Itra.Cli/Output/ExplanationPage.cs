using Itra.Tracking.Explanations;
using Spectre.Console;

namespace Itra.Cli.Output;

/// <summary>An <see cref="Explanation"/> on one screen, from the score back to where everything came from; as lines of facts in a pipe.</summary>
internal static class ExplanationPage
{
    /// <summary>One screen.</summary>
    public const int Lines = 40;

    public static void Write(Explanation explained, Answer answer, int width)
    {
        var facts = Facts(explained);
        if (!answer.IsForPeople) answer.Rows([new Fact("score", Title(explained)), .. facts], "", [new("what", f => f.What), new("value", f => f.Value)]);
        else answer.Write(Bold(Screen(Title(explained), facts, width), LabelWidth(facts)));
    }

    private static int LabelWidth(IReadOnlyList<Fact> facts) => facts.Max(f => f.What.Length) + 2;

    private static Paragraph Bold(IReadOnlyList<string> lines, int label)
    {
        var bold = new Style(decoration: Decoration.Bold);
        var text = new Paragraph(lines[0] + "\n", bold);
        foreach (var line in lines.Skip(1)) text.Append(line[..label], bold).Append(line[label..] + "\n");
        return text;
    }

    internal static string Title(Explanation e) => $"{Form.Percent(e.Value)} {e.Metric} of {e.Name} ({e.RunId}), epoch {e.Measurement.Epoch}";

    /// <summary>The facts in at most <see cref="Lines"/> lines of <paramref name="width"/>: long ones are cut, and say so.</summary>
    internal static IReadOnlyList<string> Screen(string title, IReadOnlyList<Fact> facts, int width)
    {
        var label = LabelWidth(facts);
        var wrapped = facts.Select(f => Wrapping.Lines(f.Value, width - label).ToList()).ToList();
        var most = Shares([.. wrapped.Select(w => w.Count)], [.. facts.Select(f => f.What == "settings")], Lines - 1);
        List<string> lines = [Wrapping.Cut(title, width)];
        var last = "";
        foreach (var (fact, text, lineCount) in facts.Zip(wrapped, most))
        {
            lines.AddRange(text.Take(lineCount).Select((t, i) =>
                (i == 0 && fact.What != last ? fact.What.Replace('_', ' ') : "").PadRight(label) + (i == lineCount - 1 && text.Count > lineCount ? Wrapping.Cut(t, width - label - 2) + " …" : t)));
            last = fact.What;
        }
        return lines;
    }

    /// <summary>One line for every fact; what is over goes to the settings, which nobody can guess, and then round among those that need more.</summary>
    private static int[] Shares(int[] wanted, bool[] isFirst, int lines)
    {
        int[] given = [.. wanted.Select(_ => 1)];
        var (over, round) = (lines - given.Length, 1);
        for (var i = 0; i < wanted.Length; i++)
        {
            if (!isFirst[i]) continue;
            var more = Math.Clamp(wanted[i] - 1, 0, Math.Max(0, over));
            (given[i], over) = (1 + more, over - more);
        }
        while (over > 0 && wanted.Any(w => w > round))
        {
            for (var i = 0; i < wanted.Length && over > 0; i++)
            {
                if (isFirst[i] || wanted[i] <= round) continue;
                given[i]++;
                over--;
            }
            round++;
        }
        return given;
    }

    internal static List<Fact> Facts(Explanation e)
    {
        var m = e.Measurement;
        List<Fact> facts =
        [
            new("event", $"version {m.Version} of the run's stream, {m.Type}, {Form.Moment(m.At)}{(m.Hash is { } hash ? $", hash {Form.Digest(hash)}" : ", not in a chain")}; {Sealed(e.Seal)}"),
            new("evaluation", $"{m.Method} with {m.Weights} weights on {string.Join(" and ", m.Datasets.Select(d => $"{d.Name} (sha256 {Form.Digest(d.Digest)})"))}{Sizes(m)}"),
            new("scores", Scores(e)),
            new("choice", Choice(e.Selection, m)),
            new("checkpoint", Checkpoint(e.Weights)),
        ];
        facts.AddRange(LineageText.Of(e).Select(line => new Fact("weights_from", line)));
        if (e.Model is { } model) facts.Add(new("model", $"{Form.Models(model.ImageModel, model.TextModel)}: {Form.Count(model.Total.Trainable)} of {Form.Count(model.Total.Total)} parameters trained"));
        facts.AddRange(e.Datasets.Where(d => d.Role == "train").Select(d => new Fact("trained_on", $"{d.Dataset.Name}: {Form.Count(d.Dataset.Items)} items, {Form.Count(d.Dataset.Captions)} captions, {Form.Bytes(d.Dataset.Bytes)}, sha256 {Form.Digest(d.Dataset.Digest)}{(d.Dataset.Listing is null ? "" : ", files listed")}")));
        facts.AddRange(e.Inputs.Where(i => i.Role is "vocabulary" or "image-model" or "text-model").Select(i => new Fact(i.Role.Replace('-', '_'), $"{i.FileName}, sha256 {Form.Digest(i.File.Sha256)}{(i.Kept ? "" : ", not kept")}")));
        facts.AddRange(SettingsText.Of(e.Settings, e.Provenance?.Origins, e.Trainer, e.Seed).Select(line => new Fact("settings", line)));
        facts.AddRange(CircumstanceText.Of(e));
        return facts;
    }

    private static string Sealed(CoveringSeal? seal) => seal is null ? "not sealed yet" : $"sealed since {Form.Moment(seal.At)} (seal {seal.Number})";

    private static string Sizes(Measurement m) =>
        (m.Images is { } images ? $", {Form.Count(images)} images" : "") + (m.Captions is { } captions ? $", {Form.Count(captions)} captions" : "") + (m.Classes is { } classes ? $", {Form.Count(classes)} classes" : "");

    private static string Scores(Explanation e)
    {
        // Recalls come in their own order; others come as the store has them, which is none.
        IEnumerable<KeyValuePair<string, double>> scores = e.Measurement.Method == "retrieval" ? e.Measurement.Scores : e.Measurement.Scores.OrderBy(s => s.Key.Length).ThenBy(s => s.Key, StringComparer.Ordinal);
        return string.Join(" · ", scores.Select(s => $"{s.Key.Replace("retrieval-", "")} {Form.Percent(s.Value)}"));
    }

    private static string Choice(Selection s, Measurement m) =>
        $"{(s.Better == 0 ? "the best" : $"number {s.Better + 1}")} of {s.Evaluations} evaluations on this split in this run, {s.EvaluationsBefore} of them before; "
        + $"the whole store had {Form.Count(s.StoreEvaluationsBefore)} before it, of {Form.Count(s.StoreRunsBefore)} runs"
        + (m.Superseded ? "; superseded by a resumption" : "");

    private static string Checkpoint(ScoredWeights w) => w switch
    {
        { Fate: WeightsFate.NotKept } => $"none of epoch {w.Epoch} was kept: the score cannot be measured again without training again (see --save-frequency)",
        { Fate: WeightsFate.Starting, FileName: null } => $"no training before it: the weights the run started with{(w.Sha256 is null ? "" : $", sha256 {Form.Digest(w.Sha256)}")}",
        { Fate: WeightsFate.Starting } => $"no training before it: {w.FileName}, which the run started from, sha256 {Form.Digest(w.Sha256)}",
        _ => $"{w.FileName} after epoch {w.Epoch}, step {w.Step}, {Form.Bytes(w.Bytes ?? 0)}, sha256 {Form.Digest(w.Sha256)}, {(w.InStore == true ? "in the artifact store" : "GONE from the artifact store")}",
    };
}
