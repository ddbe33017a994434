using Itra.Domain.Runs;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Output;

/// <summary>How far two runs' records agree, in a sentence.</summary>
internal static class StreamWords
{
    public static string Of(StreamComparison s) => s switch
    {
        { IsIdentical: true } => "identical in everything recorded",
        { First: null, SameExtent: true } => "identical in every recorded number, though settings differ",
        { First: null, AgreedUpTo: { } place } => $"identical as far as both go, up to {Text(place)}",
        { First: null } => "nothing that both recorded differs",
        { First: { } first, AgreedUpTo: null } => $"different from the start: {Difference(first)}",
        { First: { Step: { } step } first, AgreedUpTo: { } place } => $"identical up to {Text(place)}; from step {step} {Difference(first)}",
        { First: { } first, AgreedUpTo: { } place } => $"identical up to {Text(place)}; after epoch {first.Epoch} {Difference(first)}",
    };

    private static string Text(StreamPlace place) => $"epoch {place.Epoch}, step {place.Step}";

    private static string Difference(Divergence d) => $"{d.What} is {Digest.Short(d.Found)} against {Digest.Short(d.Expected)}";
}
