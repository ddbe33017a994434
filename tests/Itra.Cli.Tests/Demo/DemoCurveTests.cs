using Itra.Cli.Demo;
using Itra.Cli.Output;
using Itra.Trainer;

namespace Itra.Cli.Tests.Demo;

public class DemoCurveTests
{
    private static string Written(params DemoPoint[] points)
    {
        using var text = new StringWriter();
        new DemoCurve(points).Write(new Answer(new Terminal(text, text, IsInteractive: false, Width: 100), asJson: false), text);
        return text.ToString();
    }

    [Fact]
    public void Of_the_mixtures_within_a_point_on_the_new_kind_the_best_on_the_old_kind_is_told()
    {
        var text = Written(new(0, 10, 90), new(0.7, 78.9, 85), new(0.8, 79.25, 70), new(0.9, 80.5, 60), new(1, 80, 50));
        Assert.Contains("alpha\tdark_mean_recall\tbright_mean_recall\n0\t10.00\t90.00\n0.7\t78.90\t85.00\n", text, StringComparison.Ordinal);
        Assert.Contains("has cost 40.00 points on bright pictures. Alpha 0.8 gives 20.00 of them back, and on dark ones is 0.75 points below", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_none_that_is_said()
    {
        Assert.Contains("No mixture", Written(new(0, 10, 90), new(0.5, 70, 80), new(1, 80, 50)), StringComparison.Ordinal);
        Assert.Contains("No mixture", Written(new(0, 10, 51), new(0.5, 80, 51), new(1, 80, 50)), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_kinds_are_taken_from_the_recorded_scores()
    {
        Dictionary<string, double> scores = new() { ["retrieval-mean-recall"] = 1, ["retrieval-image2text-R@1"] = 2, ["mscoco_captions_2014: retrieval-mean-recall"] = 3 };
        var curve = new WiseFtCurve("run-1", 5, "a", "b", new Dictionary<string, string>(), [new WiseFtPoint(0.5, scores, null, 1)], null);
        Assert.Equal([new DemoPoint(0.5, 1, 3)], DemoCurve.Of(curve, DemoPlan.Bright).Points);
    }
}
