using System.Diagnostics;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Images;

/// <summary>Every kind of file against the PIL of this machine, where there is one.</summary>
public sealed class PilAgreementTests : IDisposable
{
    private const int Side = 48;

    private readonly string folder = Directory.CreateTempSubdirectory("itra-pil-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Part() : ImageTransform(Side)
    {
        public override ResizeWindow Place(int width, int height, CounterRandom random) =>
            new(width / 5, height / 7, width / 2, height * 2 / 3, Side, Side, 0, 0, Side);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_kind_of_file_becomes_the_pixels_that_PIL_makes_of_it(bool turboJpeg)
    {
        Assert.SkipUnless(!turboJpeg || TurboJpeg.IsPresent, "libturbojpeg.so.0 is not installed");
        WriteReference();
        var files = Directory.GetFiles(folder).Where(f => !f.EndsWith(".after", StringComparison.Ordinal) && !f.EndsWith(".before", StringComparison.Ordinal) && !f.EndsWith(".part", StringComparison.Ordinal)).Order().ToArray();
        Assert.NotEmpty(files);
        var differences = files.SelectMany(file => new[]
        {
            Compare(file, ".after", new EvalTransform(Side), convertBeforeTransform: false, turboJpeg),
            Compare(file, ".before", new EvalTransform(Side), convertBeforeTransform: true, turboJpeg),
            Compare(file, ".part", new Part(), convertBeforeTransform: true, turboJpeg),
        });
        Assert.Equal([], differences.OfType<string>());
    }

    private static unsafe string? Compare(string file, string suffix, ImageTransform transform, bool convertBeforeTransform, bool turboJpeg)
    {
        var expected = File.ReadAllBytes(file + suffix);
        var actual = new byte[expected.Length];
        using var reader = new ImageReader(transform, new ImageDecoder(turboJpeg));
        fixed (byte* square = actual) reader.Read(file, convertBeforeTransform, default, square);
        int worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        return worst == 0 ? null : $"{Path.GetFileName(file)}{suffix}: differs by {worst}";
    }

    private void WriteReference()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "no /usr/bin/python3");
        Assert.SkipUnless(Python("-c", "import PIL, numpy").ExitCode == 0, "python3-pil or python3-numpy is not installed");
        var script = Path.Combine(AppContext.BaseDirectory, "Data", "Images", "pil_reference.py");
        var (exitCode, errors) = Python(script, folder);
        Assert.True(exitCode == 0, errors);
    }

    private static (int ExitCode, string Errors) Python(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
