using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace IoTStream.Kafka.Tests.Peers;

/// <summary>
/// librdkafka, which Confluent.Kafka is built upon. If it was not restored with it, npm's <c>node-rdkafka</c> has one: NODE_PATH says where packages are, which test.sh installs. IOTSTREAM_TEST_LIBRDKAFKA names
/// another library.
/// </summary>
internal static class NativeClient
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Where it is; null if it is beside the program, or not there.</summary>
    public static string? Path => Found.Value;

    /// <summary>Loads it. If it is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    public static void Require()
    {
        if (TryLoad())
        {
            return;
        }

        const string Reason = "librdkafka is not there: npm install node-rdkafka@3.6.1 in some folder, and set NODE_PATH to its node_modules, or IOTSTREAM_TEST_LIBRDKAFKA to a library of version 2.12 or later.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(Reason);
        }

        Assert.Ignore(Reason);
    }

    public static bool TryLoad() => IsThere.Value;

    // Library.Load(path) needs a libdl.so, which Debian no longer has.
    private static readonly Lazy<bool> IsThere = new(static () =>
    {
        if (Path is { } path)
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, _, _) => name == "librdkafka" ? NativeLibrary.Load(path) : 0);
        }

        return (Path is not null || IsRestored) && (Library.IsLoaded || Library.Load());
    });

    /// <summary>Functions of the library by their names.</summary>
    public static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.Load(Path ?? RestoredFile()), name);

    private static bool IsRestored => RestoredFile().Length > 0;

    private static string RestoredFile() => Directory.Exists(System.IO.Path.Combine(AppContext.BaseDirectory, "runtimes"))
        ? Directory.GetFiles(System.IO.Path.Combine(AppContext.BaseDirectory, "runtimes"), "librdkafka.so", SearchOption.AllDirectories)
            .FirstOrDefault(static file => file.Contains(RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal)) ?? ""
        : "";

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("IOTSTREAM_TEST_LIBRDKAFKA") is { Length: > 0 } named)
        {
            return named;
        }

        return (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => System.IO.Path.Combine(folder, "node-rdkafka", "build", "deps", "librdkafka.so.1"))
            .FirstOrDefault(File.Exists);
    }
}
