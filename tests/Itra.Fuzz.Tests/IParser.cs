namespace Itra.Fuzz.Tests;

/// <summary>A parser under test, with what it takes to feed it.</summary>
internal interface IParser
{
    /// <summary>Sound inputs; each must be accepted.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Latin-1 text of byte patterns of the format.</summary>
    IReadOnlyList<string> Tokens { get; }

    /// <summary>Bytes of memory that a byte of input may cost.</summary>
    int AllocatedPerByte => 64;

    /// <summary>Reads an input, and if it is accepted, once more from what was understood.</summary>
    /// <param name="input">Changed bytes of a seed.</param>
    /// <param name="path">A file with the same bytes.</param>
    /// <returns>False if it was refused in the documented way.</returns>
    /// <exception cref="Exception">Anything else: a defect of the parser.</exception>
    bool Accepts(byte[] input, string path);
}
