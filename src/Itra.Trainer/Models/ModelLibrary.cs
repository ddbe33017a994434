using System.Security.Cryptography;
using Itra.Domain;
using Itra.Trainer.Data;

namespace Itra.Trainer.Models;

/// <summary>Weights and vocabularies by name, as files in one folder, each with a note that says where it came from.</summary>
public sealed class ModelLibrary
{
    private static readonly string[] Extensions = [".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".txt.gz", ".txt", ".gz"];
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly IReadOnlyList<PublishedModel> published;

    /// <param name="folder">Made when something is first put into it.</param>
    /// <param name="time">The clock of the notes; the system's when null.</param>
    /// <param name="mirror">An address that has the published files under their names, instead of the publishers' own; ends in a slash.</param>
    public ModelLibrary(string folder, TimeProvider? time = null, Uri? mirror = null)
        : this(folder, time ?? TimeProvider.System, [.. PublishedModels.All.Select(p => mirror is null ? p : p with { Origin = new Uri(mirror, p.FileName) })])
    {
    }

    internal ModelLibrary(string folder, TimeProvider time, IReadOnlyList<PublishedModel> published)
    {
        this.folder = Path.GetFullPath(folder);
        this.time = time;
        this.published = published;
    }

    /// <summary>Everything in the library, weights first, then by name.</summary>
    public IReadOnlyList<LibraryModel> List() =>
        [.. LibraryModel.ReadAll(folder).OrderBy(m => m.Kind).ThenBy(m => m.Name, StringComparer.Ordinal)];

    /// <summary>The path of a model.</summary>
    /// <exception cref="UserErrorException">It is not there; the message says which command fetches it.</exception>
    public string Find(string name, ModelKind kind) => Path.Combine(folder, Get(name, kind).File);

    /// <summary>What the library knows about a model.</summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public LibraryModel Get(string name, ModelKind kind)
    {
        var canonical = PublishedModels.Canonical(name);
        var model = List().FirstOrDefault(m => m.Kind == kind && m.Name == canonical)
            ?? throw new UserErrorException($"no {Noun(kind)} {canonical}: run {Pull(canonical, kind)}`itra models import FILE`");
        var length = new FileInfo(Path.Combine(folder, model.File)).Length;
        return length == model.Bytes ? model : throw new UserErrorException(
            $"{Path.Combine(folder, model.File)} was changed after its import ({length} bytes instead of {model.Bytes}): delete it, then run {Pull(canonical, kind)}`itra models import FILE`");
    }

    /// <summary>Copies files into the library, each recognised and checked first.</summary>
    /// <exception cref="UserErrorException">A file is neither usable weights nor a vocabulary, or its name is taken by another one.</exception>
    public async Task<IReadOnlyList<LibraryModel>> ImportAsync(IEnumerable<string> paths, CancellationToken cancellation = default)
    {
        var imported = new List<LibraryModel>();
        foreach (var path in paths) imported.Add(await ImportAsync(path, name: null, cancellation).ConfigureAwait(false));
        return imported;
    }

    /// <param name="path">Weights of any form, or a BPE vocabulary.</param>
    /// <param name="name">Its name in the library; by default the published one if it is a published file, else the file's own.</param>
    /// <param name="cancellation">Nothing is left behind when cancelled.</param>
    /// <inheritdoc cref="ImportAsync(IEnumerable{string}, CancellationToken)"/>
    public async Task<LibraryModel> ImportAsync(string path, string? name = null, CancellationToken cancellation = default)
    {
        var kind = Recognise(path);
        var sha256 = await DigestAsync(path, cancellation).ConfigureAwait(false);
        name ??= published.FirstOrDefault(p => p.Sha256 == sha256)?.Name ?? Path.GetFileName(path)[..^ExtensionOf(path).Length];
        var model = new LibraryModel(PublishedModels.Canonical(name), kind, "", new FileInfo(path).Length, sha256, Path.GetFullPath(path), time.GetUtcNow());
        model = model with { File = model.Name + ExtensionOf(path) };
        if (model.Name is "" or "." or ".." || model.Name != Path.GetFileName(model.Name)) throw new UserErrorException($"'{name}' cannot be the name of a model: use letters, digits, - and _");
        if (Known(model) is { } known) return known;

        var target = Path.Combine(folder, model.File);
        var written = await Task.Run(() => AtomicFile.Write(target, stream => Copy(path, stream, cancellation)), cancellation).ConfigureAwait(false);
        if (written.Sha256 != sha256) throw new UserErrorException($"{path} changed while it was imported: import it again");
        model.WriteNote(folder);
        return model;
    }

    /// <summary>Downloads a published model, going on where an earlier attempt stopped, and checks its digest.</summary>
    /// <param name="name">A name from <see cref="PublishedModels"/>.</param>
    /// <param name="progress">Bytes done and in total (0 while unknown).</param>
    /// <param name="cancellation">What was downloaded so far is kept for the next attempt.</param>
    /// <exception cref="UserErrorException">Unknown name, no connection, wrong digest, full disk; says what to do instead.</exception>
    public async Task<LibraryModel> PullAsync(string name, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
    {
        var canonical = PublishedModels.Canonical(name);
        var model = published.FirstOrDefault(p => p.Name == canonical)
            ?? throw new UserErrorException($"nobody publishes a model {name} that Itra knows; there are {string.Join(", ", published.Select(p => p.Name))}. For another: `itra models import FILE`");
        var note = new LibraryModel(model.Name, model.Kind, model.FileName, 0, model.Sha256, model.Origin.ToString(), time.GetUtcNow());
        if (Known(note) is { } known) return known;

        var target = Path.Combine(folder, model.FileName);
        var part = await Download.FetchAsync(model, target + ".part", progress, cancellation).ConfigureAwait(false);
        var sha256 = await DigestAsync(part, cancellation).ConfigureAwait(false);
        if (sha256 != model.Sha256)
        {
            File.Delete(part);
            throw new UserErrorException($"{model.Origin} gave a file with SHA-256 {sha256} instead of {model.Sha256}: it was deleted. Get {model.FileName} elsewhere and run `itra models import FILE`");
        }

        note = note with { Bytes = new FileInfo(part).Length };
        File.Move(part, target, overwrite: true);
        note.WriteNote(folder);
        return note;
    }

    private static ModelKind Recognise(string path)
    {
        using var bytes = new WeightBytes(path);
        using var file = WeightFile.TryRecognise(bytes);
        if (file is not null)
        {
            StateDict.Names(file, path);
            return ModelKind.Weights;
        }

        try
        {
            BpeVocabulary.Load(path);
            return ModelKind.Vocabulary;
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"{path} is neither weights (safetensors, torch.save, TorchScript) nor a BPE vocabulary: name another file", e);
        }
    }

    // The same content again is no work; another content under the same name would change what a name means.
    private LibraryModel? Known(LibraryModel wanted)
    {
        var known = List().FirstOrDefault(m => m.Name == wanted.Name && m.Kind == wanted.Kind);
        if (known is null || known.Sha256 == wanted.Sha256) return known;
        throw new UserErrorException($"the library has another {wanted.Name} (from {known.Source}): delete {Path.Combine(folder, known.File)}, or give the new one another name");
    }

    private static async Task<string> DigestAsync(string path, CancellationToken cancellation)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
    }

    private static void Copy(string path, Stream target, CancellationToken cancellation)
    {
        using var source = File.OpenRead(path);
        var buffer = new byte[1 << 20];
        for (int read; (read = source.Read(buffer)) > 0; target.Write(buffer.AsSpan(0, read))) cancellation.ThrowIfCancellationRequested();
    }

    private static string ExtensionOf(string path) =>
        Extensions.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ?? "";

    private string Pull(string name, ModelKind kind) => published.Any(p => p.Name == name && p.Kind == kind) ? $"`itra models pull {name}`, or " : "";

    private static string Noun(ModelKind kind) => kind == ModelKind.Weights ? "weights for" : "vocabulary";
}
