using System.Text.Json;
using System.Text.Json.Serialization;
using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>A model in the library. A note beside the file, with .itra.json after its name, says the same.</summary>
/// <param name="Name">What commands call it.</param>
/// <param name="Kind">Weights or vocabulary.</param>
/// <param name="File">The file's name in the library's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its digest, lower-case hexadecimal.</param>
/// <param name="Source">The path or address it came from.</param>
/// <param name="ImportedAt">When.</param>
public sealed record LibraryModel(string Name, ModelKind Kind, string File, long Bytes, string Sha256, string Source, DateTimeOffset ImportedAt)
{
    private const string NoteExtension = ".itra.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>The models noted in a folder whose files are there; none if there is no folder.</summary>
    internal static IEnumerable<LibraryModel> ReadAll(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*" + NoteExtension).Select(Read).Where(m => System.IO.File.Exists(Path.Combine(folder, m.File)))
        : [];

    internal void WriteNote(string folder) =>
        AtomicFile.Write(Path.Combine(folder, File + NoteExtension), stream => JsonSerializer.Serialize(stream, this, Json));

    private static LibraryModel Read(string note)
    {
        try
        {
            var model = JsonSerializer.Deserialize<LibraryModel>(System.IO.File.ReadAllBytes(note), Json);
            return model is not null && Path.GetFileName(model.File) == model.File ? model : throw new JsonException("it describes no file of this folder");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{note} cannot be read ({e.Message}): delete it and import the model again", e);
        }
    }
}
