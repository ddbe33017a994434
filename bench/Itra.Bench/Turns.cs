using System.Diagnostics;
using System.Globalization;

namespace Itra.Bench;

/// <summary>
/// The Itra side of bench/side-by-side, which asks programs in turns: for every line on standard input the work once, then a line with
/// the seconds it took, wall and CPU, and whatever the work says.
/// </summary>
internal static class Turns
{
    /// <param name="work">Is given the line.</param>
    public static void Take(Func<string, string?> work)
    {
        while (Console.ReadLine() is { } line)
        {
            string? said = null;
            var (wall, cpu) = Time(() => said = work(line));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall:f6} {cpu:f6} {said}"));
        }
    }

    public static (double Wall, double Cpu) Time(Action work)
    {
        var used = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        work();
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
    }
}
