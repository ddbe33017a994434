using System.Globalization;
using Itra.Domain;
using Itra.Tracking.Comparison;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Itra.Cli.Sweeps;

/// <summary>A report as a PNG: published figures and ours over what the trials differ in. The only place that knows ScottPlot, which takes time to load.</summary>
internal static class ReportPicture
{
    // CSS pixels; the file has twice as many.
    private const int Width = 960, Height = 560, Scale = 2;
    private const int LongestFlatLabel = 12;

    private static readonly string[] Fonts = ["Inter", "Noto Sans", "Open Sans", "Liberation Sans", "DejaVu Sans"];

    // Okabe and Ito's palette: told apart by everybody.
    private static readonly Color[] Ours = [Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7")];
    private static readonly Color Ink = Color.FromHex("#2B2B2B"), Faint = Color.FromHex("#E6E6E6"), Published = Color.FromHex("#8C8C8C");

    /// <exception cref="UserErrorException">There is nothing to draw, or nowhere to write it.</exception>
    public static void Save(SweepReport report, Recipe recipe, IReadOnlyList<PlannedTrial> trials, string path)
    {
        if (!report.Rows.Any(r => r.Figures[0] is { Published: not null } or { Ours: not null }))
            throw new UserErrorException($"there is nothing to draw yet: the guide prints no figures for {recipe.Name}, and no trial of it has completed");
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) throw new UserErrorException($"--plot {path}: pictures are written as .png");

        using var plot = new Plot();
        var places = Places(recipe.Picture, trials);
        var series = report.Rows.Zip(trials, places).GroupBy(t => recipe.Picture.Series is { } by ? $"{by} {Setting(t.Second, by)}" : "").ToList();
        foreach (var (group, i) in series.Select((g, i) => (g, i)))
        {
            var points = group.OrderBy(p => p.Third.X).Select(p => (p.Third.X, Figure: p.First.Figures[0])).ToList();
            var suffix = group.Key.Length > 0 ? $", {group.Key}" : "";
            var connect = recipe.Picture.X is not null;
            var colour = Ours[i % Ours.Length];
            Deviations(plot, [.. points.Where(p => p.Figure.Ours?.Deviation is not null).Select(p => (p.X, p.Figure.Ours!))], colour);
            Line(plot, [.. points.Select(p => (p.X, p.Figure.Published, 0.0, true))], "published" + suffix, series.Count == 1 ? Published : colour.WithAlpha(.55), connect, isOurs: false);
            Line(plot, [.. points.Select(p => (p.X, p.Figure.Ours?.Mean, p.Figure.Ours?.Deviation ?? 0, !(p.Figure.Difference < 0)))], "Itra" + suffix, colour, connect, isOurs: true);
        }
        Dress(plot, report, recipe, places);
        try
        {
            plot.SavePng(path, Width * Scale, Height * Scale);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the picture {path} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    internal readonly record struct Place(double X, string Label);

    /// <summary>Where each trial stands, and what is written below it.</summary>
    internal static List<Place> Places(Picture picture, IReadOnlyList<PlannedTrial> trials)
    {
        if (picture.X is not { } key) return [.. trials.Select((t, i) => new Place(i, t.Trial.Name))];
        string[] labels = [.. trials.Select(t => Setting(t, key))];
        double[] values = [.. labels.Select(l => double.Parse(l, NumberStyles.Float, CultureInfo.InvariantCulture))];
        var order = values.Distinct().Order().ToList();
        return [.. labels.Zip(values, (label, value) => new Place(
            picture.Scale switch { AxisScale.Log => Math.Log10(value), AxisScale.Linear => value, _ => order.IndexOf(value) }, label))];
    }

    private static string Setting(PlannedTrial trial, string key) => key == Picture.PairsPerUpdate
        ? trial.PairsPerUpdate.ToString(CultureInfo.InvariantCulture)
        : trial.Trial.Settings.TryGetValue(key, out var written) ? written
        : trial.Request.Config.ToDictionary().GetValueOrDefault(key) is { Length: > 0 } value ? value
        : throw new UserErrorException($"the recipe's picture is over '{key}', which trial {trial.Trial.Name} does not set");

    private static void Line(Plot plot, (double X, double? Y, double Deviation, bool Above)[] points, string name, Color colour, bool connect, bool isOurs)
    {
        if (points.All(p => p.Y is null)) return;
        // Not a number: a gap, as nothing is known of what was not run.
        var line = plot.Add.Scatter(points.Select(p => p.X).ToArray(), points.Select(p => p.Y ?? double.NaN).ToArray(), colour);
        line.LegendText = name;
        line.LineWidth = connect ? (isOurs ? 2.2f : 1.6f) : 0;
        line.LinePattern = isOurs ? LinePattern.Solid : LinePattern.Dashed;
        line.MarkerSize = isOurs ? 9 : 8;
        line.MarkerShape = isOurs ? MarkerShape.FilledCircle : MarkerShape.OpenCircle;
        line.MarkerLineWidth = 1.8f;
        if (!isOurs) return;
        foreach (var (x, y, deviation, above) in points.Where(p => p.Y is not null))
        {
            var text = plot.Add.Text(y!.Value.ToString("F2", CultureInfo.InvariantCulture), x, y.Value + (above ? deviation : -deviation));
            (text.LabelFontColor, text.LabelFontSize) = (colour, 11);
            (text.LabelAlignment, text.OffsetY) = above ? (Alignment.LowerCenter, -8) : (Alignment.UpperCenter, 8);
        }
    }

    private static void Deviations(Plot plot, (double X, Statistic Value)[] points, Color colour)
    {
        if (points.Length == 0) return;
        var bars = plot.Add.ErrorBar(points.Select(p => p.X).ToArray(), points.Select(p => p.Value.Mean).ToArray(), points.Select(p => p.Value.Deviation!.Value).ToArray());
        (bars.Color, bars.LineWidth, bars.CapSize) = (colour, 1.5f, 4);
    }

    private static void Dress(Plot plot, SweepReport report, Recipe recipe, List<Place> places)
    {
        plot.ScaleFactor = Scale;
        plot.Font.Set(Font());
        plot.Axes.Color(Ink);
        (plot.Axes.Title.Label.Text, plot.Axes.Title.Label.FontSize) = (report.Title, 18);
        plot.YLabel(report.Metric == "retrieval-mean-recall" ? "mean recall (%)" : report.Metric + " (%)", 13);
        plot.XLabel(recipe.Picture.X?.Replace('_', ' ') ?? "", 13);

        var ticks = places.Distinct().ToList();
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(t => t.X)], [.. ticks.Select(t => t.Label)]);
        if (ticks.Max(t => t.Label.Length) > LongestFlatLabel)
        {
            (plot.Axes.Bottom.TickLabelStyle.Rotation, plot.Axes.Bottom.TickLabelStyle.Alignment) = (20, Alignment.UpperLeft);
            plot.Axes.Bottom.MinimumSize = 110;
            plot.Axes.Right.MinimumSize = 90;
        }
        plot.Axes.Left.TickGenerator = new NumericAutomatic { TickDensity = .5 };
        plot.Axes.Left.MinorTickStyle.Length = 0;
        (plot.Axes.Right.FrameLineStyle.Width, plot.Axes.Top.FrameLineStyle.Width) = (0, 0);
        plot.Grid.MajorLineColor = Faint;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Axes.Margins(.06, .16);
        plot.ShowLegend(Edge.Bottom);
        (plot.Legend.OutlineWidth, plot.Legend.ShadowColor, plot.Legend.Orientation, plot.Legend.FontSize) = (0, Colors.Transparent, Orientation.Horizontal, 12);
    }

    private static string Font() => SkiaSharp.SKFontManager.Default.FontFamilies.ToList() switch
    {
        [] => throw new UserErrorException("this machine has no fonts to write a picture's labels with: install some, for example `apt-get install fonts-dejavu-core`"),
        var there => Fonts.FirstOrDefault(there.Contains) ?? there[0],
    };
}
