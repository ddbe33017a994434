using System.Buffers.Text;
using System.Globalization;

namespace Itra.Tracking.Audit;

/// <summary>
/// One text per number: whole numbers that fit 64 bits digit by digit, all others as the shortest text that reads back as the same
/// float64, laid out as ECMAScript's Number::toString does (RFC 8785, 3.2.2.3). Minus zero is 0.
/// </summary>
internal static class CanonicalNumber
{
    /// <summary>Bytes that a destination must have at least; a number as long as its source may need the source's length.</summary>
    public const int MaxBytes = 32;

    // Every decimal of so many digits is the shortest text of some float64.
    private const int SafeDigits = 15;

    /// <param name="text">A JSON number.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        if (IsCanonical(text))
        {
            text.CopyTo(destination);
            return text.Length;
        }
        if (Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length)
        {
            whole.TryFormat(destination, out var written, default, CultureInfo.InvariantCulture);
            return written;
        }
        return Write(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), destination);
    }

    private static int Write(double value, Span<byte> destination)
    {
        Span<byte> shortest = stackalloc byte[MaxBytes];
        // Adding zero takes the sign from minus zero.
        (value + 0.0).TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        shortest = shortest[..length];
        if (shortest.IndexOf((byte)'E') is not (> 0 and var e))
        {
            shortest.CopyTo(destination);
            return length;
        }

        var (to, negative) = (0, shortest[0] == '-');
        if (negative) destination[to++] = (byte)'-';
        Span<byte> digits = stackalloc byte[MaxBytes];
        var count = 0;
        foreach (var b in shortest[(negative ? 1 : 0)..e])
            if (b != '.') digits[count++] = b;
        // The value is 0.digits times ten to this power.
        var power = int.Parse(shortest[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) + 1;
        return to + Lay(digits[..count], power, destination[to..]);
    }

    private static int Lay(ReadOnlySpan<byte> digits, int power, Span<byte> destination)
    {
        if (power is > 0 and <= 21 && digits.Length <= power)
        {
            digits.CopyTo(destination);
            destination[digits.Length..power].Fill((byte)'0');
            return power;
        }
        if (power is > 0 and <= 21)
        {
            digits[..power].CopyTo(destination);
            destination[power] = (byte)'.';
            digits[power..].CopyTo(destination[(power + 1)..]);
            return digits.Length + 1;
        }
        if (power is > -6 and <= 0)
        {
            "0."u8.CopyTo(destination);
            destination[2..(2 - power)].Fill((byte)'0');
            digits.CopyTo(destination[(2 - power)..]);
            return 2 - power + digits.Length;
        }
        destination[0] = digits[0];
        var to = 1;
        if (digits.Length > 1)
        {
            destination[to++] = (byte)'.';
            digits[1..].CopyTo(destination[to..]);
            to += digits.Length - 1;
        }
        destination[to++] = (byte)'e';
        if (power > 0) destination[to++] = (byte)'+';
        (power - 1).TryFormat(destination[to..], out var written, default, CultureInfo.InvariantCulture);
        return to + written;
    }

    /// <summary>Whether a text surely is what this class would write: most are, and need not be parsed.</summary>
    private static bool IsCanonical(ReadOnlySpan<byte> text)
    {
        var digits = text[0] == '-' ? text[1..] : text;
        var point = digits.IndexOf((byte)'.');
        if (digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') != point) return false;
        if (point < 0) return digits.Length <= 18 && (digits[0] != '0' || text.Length == 1);
        var fraction = digits[(point + 1)..];
        if (fraction.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || fraction[^1] == '0') return false;
        // Below 1e-6 an exponent is written.
        return digits.Length - 1 <= SafeDigits && (digits[0] != '0' || fraction.IndexOfAnyExcept((byte)'0') < 6);
    }
}
