using System.Globalization;

namespace Itra.Fuzz.Tests;

/// <summary>
/// Feeds a parser with damaged inputs. Whatever they are: it accepts or refuses them, soon, with memory in proportion to them, and touches
/// nothing beside them.
/// </summary>
/// <remarks>
/// An input that is found to do harm is printed as base64. Its place is then Corpus/NAME/, where it is tried first for ever after. If a parser
/// takes the whole process with it (a stack overflow), the input is left in the file that is named below the shared memory.
/// </remarks>
internal sealed class Campaign(string name, IParser parser)
{
    private const int AllocatedAnyway = 1 << 20;

    /// <summary>Processor time of one input, compilation of the code it is the first to reach included.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2), Hang = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo folder = new(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"itra-fuzz-{Environment.ProcessId}", name));
    private byte[] current = [];
    private string origin = "";
    private TimeSpan computed;
    private int accepted;
    private volatile int done;
    private Exception? failure;

    private string InputPath => Path.Combine(folder.FullName, "input", "input.bin");

    /// <summary>Inputs that once did harm, and so many new ones.</summary>
    /// <param name="leastAccepted">A campaign in which all is refused tests little.</param>
    public void Run(int inputs = 100_000, int leastAccepted = 2000)
    {
        folder.CreateSubdirectory("input");
        var thread = new Thread(() => TryAll(inputs)) { IsBackground = true };
        thread.Start();
        for (var seen = -1; !thread.Join(Hang); seen = done)
            Assert.True(seen != done, $"{name}: no answer for {Hang}: {Replay()}");
        Assert.True(failure is null, $"{name}: {Replay()}\n{failure}");

        Assert.Equal([InputPath], folder.EnumerateFiles("*", SearchOption.AllDirectories).Select(f => f.FullName));
        folder.Delete(recursive: true);
        Assert.InRange(accepted, leastAccepted, inputs - inputs / 20);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {inputs} inputs, {accepted} accepted, {computed.TotalSeconds:F1} s of processor time, {inputs / computed.TotalSeconds:F0} a second"));
    }

    private void TryAll(int inputs)
    {
        try
        {
            using var file = File.OpenHandle(InputPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            foreach (var seed in parser.Seeds) Assert.True(Try(file, seed, "a seed"), "a sound input is refused");
            var corpus = Path.Combine(AppContext.BaseDirectory, "Corpus", name);
            if (Directory.Exists(corpus))
                foreach (var known in Directory.EnumerateFiles(corpus).Order(StringComparer.Ordinal)) Try(file, File.ReadAllBytes(known), known);
            var begun = ThreadClock.Elapsed;
            var mutator = new Mutator(parser.Seeds, parser.Tokens);
            for (var number = 0; number < inputs; number++)
                if (Try(file, mutator.Make(number), $"input {number}")) accepted++;
            computed = ThreadClock.Elapsed - begun;
        }
        catch (Exception e)
        {
            failure = e;
        }
    }

    private bool Try(Microsoft.Win32.SafeHandles.SafeFileHandle file, byte[] input, string from)
    {
        (current, origin) = (input, from);
        RandomAccess.SetLength(file, input.Length);
        RandomAccess.Write(file, input, 0);
        var (memory, time) = (GC.GetAllocatedBytesForCurrentThread(), ThreadClock.Elapsed);
        var isAccepted = parser.Accepts(input, InputPath);
        (memory, time) = (GC.GetAllocatedBytesForCurrentThread() - memory, ThreadClock.Elapsed - time);
        Assert.True(memory <= AllocatedAnyway + (long)parser.AllocatedPerByte * input.Length, $"{input.Length} bytes made it allocate {memory}");
        Assert.True(time <= Longest, $"{input.Length} bytes took {time}");
        done++;
        return isAccepted;
    }

    private string Replay() => $"{origin}, {current.Length} bytes; save them as Corpus/{name}/SOMETHING.bin with: base64 -d <<< {Convert.ToBase64String(current)}";
}
