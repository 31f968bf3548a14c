namespace IoTStream.Benchmarks.Mqtt;

/// <summary>The programs of Eclipse Mosquitto on this machine.</summary>
internal static class Peer
{
    private static readonly string[] Folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin", "/usr/local/sbin"];

    /// <returns>The program's path; null if it is not installed.</returns>
    public static string? Find(string program) => Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
