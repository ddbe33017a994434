using System.Security.Cryptography;
using Itra.Domain;

namespace Itra.Tracking.Audit;

/// <summary>Who may seal: the key of this home, made when it is first used, and the public keys that somebody put beside it.</summary>
/// <param name="folder">Of <c>ledger.pem</c>, which nobody else should read, and of <c>*.pub.pem</c>.</param>
internal sealed class LedgerKeys(string folder)
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const DSASignatureFormat Form = DSASignatureFormat.Rfc3279DerSequence;

    public string Folder => folder;

    private string Private => Path.Combine(folder, "ledger.pem");

    private string Public => Path.Combine(folder, "ledger.pub.pem");

    /// <summary>The seal with our name and signature.</summary>
    public Seal Sign(Seal seal)
    {
        using var key = OpenOrMake();
        seal = seal with { Key = IdOf(key) };
        return seal with { Signature = Convert.ToHexStringLower(key.SignData(seal.Statement(), HashAlgorithmName.SHA256, Form)) };
    }

    /// <summary>All keys whose seals count, by <see cref="Seal.Key"/>; the caller disposes them.</summary>
    /// <exception cref="UserErrorException">A file is no key.</exception>
    public Dictionary<string, ECDsa> Trusted()
    {
        Dictionary<string, ECDsa> keys = [];
        if (!Directory.Exists(folder)) return keys;
        foreach (var file in Directory.EnumerateFiles(folder, "*.pub.pem").Append(Private).Where(File.Exists))
        {
            var key = Read(file);
            if (!keys.TryAdd(IdOf(key), key)) key.Dispose();
        }
        return keys;
    }

    public static bool IsSignedBy(Seal seal, ECDsa key) => key.VerifyData(seal.Statement(), Convert.FromHexString(seal.Signature), HashAlgorithmName.SHA256, Form);

    private static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private ECDsa OpenOrMake()
    {
        if (File.Exists(Private)) return Read(Private);
        Directory.CreateDirectory(folder, Mine | UnixFileMode.UserExecute);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Whole or not at all: another process may make one at the same time, and the first one counts.
        var draft = Path.Combine(folder, Path.GetRandomFileName());
        Write(draft, key.ExportPkcs8PrivateKeyPem());
        try
        {
            File.Move(draft, Private, overwrite: false);
        }
        catch (IOException) when (File.Exists(Private))
        {
            File.Delete(draft);
            key.Dispose();
            return Read(Private);
        }
        Write(Public, key.ExportSubjectPublicKeyInfoPem());
        return key;
    }

    private static void Write(string file, string pem)
    {
        using var writer = new StreamWriter(new FileStream(file, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mine }));
        writer.WriteLine(pem);
    }

    private static ECDsa Read(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new UserErrorException($"{file} is not an ECDSA key in PEM form ({e.Message}): put the right file there, or remove it", e);
        }
    }
}
