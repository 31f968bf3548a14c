using System.Diagnostics;

namespace IoTStream.Repository.Tests;

/// <summary>Runs other programs.</summary>
internal static class Command
{
    /// <summary>Runs a program that has to succeed, and returns what it wrote to its standard output.</summary>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        (int code, string output, string errors) = await TryAsync(folder, program, arguments);
        code.Should().Be(0, "{0} {1} has to succeed, but it wrote:\n{2}\n{3}", program, string.Join(' ', arguments), output, errors);
        return output;
    }

    public static async Task<(int Code, string Output, string Errors)> TryAsync(string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (string inherited in start.Environment.Keys.Where(IsFromTheTestRun).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        // A build server would keep the output open after the command has ended.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    // The test run's own SDK settings would steer a nested build away from what a user's shell gives it.
    private static bool IsFromTheTestRun(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase);
}
