using System.Runtime.CompilerServices;
using Itra.Trainer.Native;

namespace Itra.Trainer.Tests;

/// <summary>Tests may use torch before anything of Itra.</summary>
internal static class LibTorchFirst
{
#pragma warning disable CA2255 // It has to be there before a test's first line.
    [ModuleInitializer]
    internal static void Prepare() => TorchLibraries.MustBeUsable();
#pragma warning restore CA2255
}
