using System.Text.Json;
using Itra.Domain;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Sources;

namespace Itra.Fuzz.Tests.Captions;

internal sealed class CocoParser : IParser, IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("itra-fuzz-coco-");
    private readonly string annotations;

    public CocoParser()
    {
        root.CreateSubdirectory("coco2017/train2017");
        annotations = Path.Combine(root.CreateSubdirectory("coco2017/annotations").FullName, "captions_train2017.json");
    }

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"images":[{"id":2,"file_name":"b.jpg","height":1},{"id":1,"file_name":"a.jpg"}],"annotations":[{"image_id":1,"id":7,"caption":"a cat"},{"image_id":2,"id":8,"caption":"a dög"}]}"""u8.ToArray(),
        """{"info":{"year":2017,"nested":[[1,{"x":null}]]},"licenses":[],"annotations":[{"caption":"one","image_id":139}],"images":[{"file_name":"000000000139.jpg","id":139}]}"""u8.ToArray(),
    ];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "\"images\":", "\"annotations\":", "\"id\":", "\"image_id\":", "\"file_name\":", "\"caption\":", "null", "[null]", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"\\ud800\"", "\"../../etc/passwd\"", "\"/etc/passwd\"",
        "\"a\\u0000b\"", "1e5", "1.0", "-1", "9223372036854775808", "\"images\":null,", "[[[[", "{\"a\":", "\xff", "true",
    ];

    public bool Accepts(byte[] input, string path)
    {
        if (!File.Exists(annotations)) File.CreateSymbolicLink(annotations, path);
        try
        {
            var set = CocoCaptions.Load(root.FullName, "mscoco_captions", forTraining: true, skipBroken: true);
            MustReadAgain(CocoAnnotations.Read(annotations), path + ".again");
            if (set.Items.FirstOrDefault(i => !i.ImagePath.StartsWith(root.FullName, StringComparison.Ordinal) || i.ImagePath.Contains("/../", StringComparison.Ordinal)) is { } astray)
                throw new InvalidOperationException($"an image lies at {astray.ImagePath}");
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, annotations);
        }
    }

    public void Dispose() => root.Delete(recursive: true);

    private static void MustReadAgain(CocoAnnotations read, string path)
    {
        try
        {
            File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new
            {
                images = read.Images.Select(i => new { id = i.Id, file_name = i.FileName }),
                annotations = read.Annotations.Select(a => new { image_id = a.ImageId, caption = a.Caption }),
            }));
            var again = CocoAnnotations.Read(path);
            if (!again.Images.SequenceEqual(read.Images) || !again.Annotations.SequenceEqual(read.Annotations)) throw new InvalidOperationException("other captions come back");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
