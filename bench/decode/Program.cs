using Itra.Trainer.Data.Images;

// The Itra side of run.py: for each line on standard input, turn all images into 224-pixel squares on one thread and print the CPU
// seconds that took. "pixels FILE" also writes the squares; "vips" and "portable" switch off the quick decoder and kernel.
var images = args is [var folder, .. var options]
    ? Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).ToArray()
    : throw new ArgumentException("usage: Itra.Bench.Decode FOLDER [vips] [portable]");
const int Size = 224;

using var reader = new ImageReader(
    new EvalTransform(Size),
    new ImageDecoder(useTurboJpeg: !options.Contains("vips")),
    options.Contains("portable") ? new PortableKernel() : null);
var square = new byte[Size * Size * 3];
while (Console.ReadLine() is { } line)
{
    using var pixels = line.StartsWith("pixels ", StringComparison.Ordinal) ? File.Create(line["pixels ".Length..]) : null;
    var before = Environment.CpuUsage.TotalTime;
    foreach (var image in images)
    {
        Read(image);
        pixels?.Write(square);
    }
    Console.WriteLine((Environment.CpuUsage.TotalTime - before).TotalSeconds);
}

unsafe void Read(string image)
{
    fixed (byte* destination = square) reader.Read(image, convertBeforeTransform: true, default, destination);
}
