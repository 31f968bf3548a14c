using System.Diagnostics;

namespace IoTStream.Avro.Tests.Peers;

/// <summary>Other implementations of Avro, in programs of a few lines that are given and give files: Debian's python3-avro, and npm's avsc, for which NODE_PATH says where packages are. test.sh installs both.</summary>
internal static class Peer
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static void Python(string script, params string[] arguments)
    {
        // Debian's modules are those of Debian's interpreter.
        const string Interpreter = "/usr/bin/python3";
        if (!File.Exists(Interpreter) || Run(Interpreter, ["-c", "import avro.schema"]).ExitCode != 0)
        {
            Missing("python3-avro is not installed (Debian: apt-get install python3-avro).");
        }

        Check(Run(Interpreter, ["-c", script, .. arguments]));
    }

    public static void Node(string script, params string[] arguments)
    {
        string? node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
        string? package = (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "avsc")).FirstOrDefault(Directory.Exists);
        if (node is null || package is null)
        {
            Missing(node is null
                ? "node is not installed (Debian: apt-get install nodejs npm)."
                : "The npm package avsc is not there: npm install avsc@5 in some folder, and set NODE_PATH to its node_modules.");
        }

        Check(Run(node!, ["-e", $"const avsc = require({System.Text.Json.JsonSerializer.Serialize(package)});\nconst fs = require('fs');\n{script}", "--", .. arguments]));
    }

    private static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }

    private static void Check((int ExitCode, string Output) outcome) => outcome.ExitCode.Should().Be(0, outcome.Output);

    private static (int ExitCode, string Output) Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} takes longer than {Limit}.");
        }

        return (process.ExitCode, $"{output.GetAwaiter().GetResult()}{errors.GetAwaiter().GetResult()}");
    }
}
