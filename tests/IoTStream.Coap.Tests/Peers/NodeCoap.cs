using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Peers;

/// <summary>npm's <c>coap</c> as the other end. NODE_PATH says where packages are; test.sh installs it and sets that.</summary>
internal static class NodeCoap
{
    /// <summary>Runs a program in which <c>coap</c> is the package.</summary>
    /// <param name="script">The program.</param>
    /// <param name="arguments">What it finds in <c>process.argv</c> from index 1 on.</param>
    public static PeerProcess Run(string script, params string[] arguments)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? node = folders.Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
        string? package = (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "coap")).FirstOrDefault(Directory.Exists);
        if (node is null || package is null)
        {
            string reason = node is null
                ? "node is not installed (Debian: apt-get install nodejs npm)."
                : "The npm package coap is not there: npm install coap@1 in some folder, and set NODE_PATH to its node_modules.";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(reason);
            }

            Assert.Ignore(reason);
        }

        return PeerProcess.Start(node!, ["-e", $"const coap = require({System.Text.Json.JsonSerializer.Serialize(package)});\n{script}", "--", .. arguments]);
    }
}
