using System.Text;
using Itra.Domain;

namespace Itra.Cli.Output;

/// <summary>Lets lines of text through, and nothing that a terminal would obey: names and messages come from anywhere.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(IsOfLines(value) ? value.ToString() : UntrustedText.Shown(value.ToString()));

    public override void Write(string? value)
    {
        if (value is null) return;
        if (!UntrustedText.HasTricks(value)) inner.Write(value);
        else
            foreach (var c in value) Write(c);
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Flush() => inner.Flush();

    private static bool IsOfLines(char c) => c is '\n' or '\r' or '\t';
}
