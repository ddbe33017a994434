namespace Itra.Cli.Demo;

internal enum Figure { Circle, Square, Triangle, Diamond, Cross, Ring, Star }

internal enum Colour { Red, Orange, Yellow, Green, Turquoise, Blue, Purple, Pink }

internal enum Size { Small, Large }

/// <summary>Where the first thing is, seen from the second.</summary>
internal enum Relation { LeftOf, Above }

internal sealed record Thing(Figure Figure, Colour Colour, Size Size)
{
    private static readonly int Colours = Enum.GetValues<Colour>().Length, Sizes = Enum.GetValues<Size>().Length;

    public static readonly int Count = Enum.GetValues<Figure>().Length * Colours * Sizes;

    public static Thing At(int number) => new((Figure)(number / Sizes / Colours), (Colour)(number / Sizes % Colours), (Size)(number % Sizes));
}

/// <summary>All that there is to say about a picture. Two different scenes have no caption in common.</summary>
internal sealed record Scene(Thing First, Relation Relation, Thing Second)
{
    private static readonly int Relations = Enum.GetValues<Relation>().Length;

    /// <summary>Scenes there are: a thing is never beside its like.</summary>
    public static readonly int Count = Thing.Count * (Thing.Count - 1) * Relations;

    /// <param name="number">0 to <see cref="Count"/> - 1; every number is another scene.</param>
    public static Scene At(int number)
    {
        var pair = number / Relations;
        int first = pair / (Thing.Count - 1), second = pair % (Thing.Count - 1);
        return new Scene(Thing.At(first), (Relation)(number % Relations), Thing.At(second < first ? second : second + 1));
    }
}
