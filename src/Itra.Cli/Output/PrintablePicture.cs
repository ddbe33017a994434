using Itra.Domain;
using Spectre.Console.Rendering;

namespace Itra.Cli.Output;

/// <summary>A picture whose colours are ours and whose words may be anybody's.</summary>
internal sealed class PrintablePicture(IRenderable picture) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => picture.Measure(options, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        picture.Render(options, maxWidth).Select(s => s.IsControlCode || s.IsLineBreak || !UntrustedText.HasTricks(s.Text) ? s : new Segment(Visible(s.Text), s.Style));

    // As wide as before, so that the frame around it stands.
    private static string Visible(string text) => string.Concat(text.Select(c => c is '\n' || !UntrustedText.HasTricks(c.ToString()) ? c : '\uFFFD'));
}
