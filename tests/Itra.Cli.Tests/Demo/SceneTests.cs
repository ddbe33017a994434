using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Demo;

public class SceneTests
{
    [Fact]
    public void Every_number_is_another_scene()
    {
        Assert.Equal(Scene.Count, Enumerable.Range(0, Scene.Count).Select(Scene.At).Distinct().Count());
        Assert.All(Enumerable.Range(0, Scene.Count).Select(Scene.At), s => Assert.NotEqual(s.First, s.Second));
    }

    [Fact]
    public void A_scene_is_told_in_five_captions()
    {
        var scene = new Scene(new(Figure.Circle, Colour.Red, Size.Small), Relation.LeftOf, new(Figure.Star, Colour.Blue, Size.Large));
        Assert.Equal(
        [
            "a small red circle to the left of a large blue star",
            "a large blue star to the right of a small red circle",
            "a small red circle on the left and a large blue star on the right",
            "there is a small red circle left of a large blue star",
            "a large blue star with a small red circle on its left",
        ], Wording.Day.Captions(scene));
        Assert.Contains("at night a tiny red disc shines left of a large blue star", Wording.Night.Captions(scene));
    }

    [Fact]
    public void No_two_scenes_have_a_caption_in_common()
    {
        foreach (var wording in new[] { Wording.Day, Wording.Night })
        {
            var captions = Enumerable.Range(0, Scene.Count).SelectMany(n => wording.Captions(Scene.At(n))).ToList();
            Assert.Equal(5 * Scene.Count, captions.Distinct().Count());
        }
    }

    [Fact]
    public void Figures_differ_in_form_and_hardly_in_area()
    {
        var areas = Enum.GetValues<Figure>().Select(figure => (figure, Cells(figure).Count));
        Assert.All(areas, a => Assert.InRange(a.Count * 0.01 * 0.01 * 4, 0.5 * Math.PI, 1.25 * Math.PI));
        foreach (var a in Enum.GetValues<Figure>())
            foreach (var b in Enum.GetValues<Figure>().Where(b => b > a))
                Assert.True(Cells(a).Except(Cells(b)).Count() + Cells(b).Except(Cells(a)).Count() > 0.1 * Cells(a).Count, $"{a} and {b} look alike");
    }

    private static List<(int, int)> Cells(Figure figure) =>
        [.. from x in Enumerable.Range(-75, 151) from y in Enumerable.Range(-75, 151) where Outline.Contains(figure, x * 0.02, y * 0.02) select (x, y)];
}
