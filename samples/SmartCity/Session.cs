using IoTStream.Mqtt;
using IoTStream.Runtime;
using SmartCity.Accounting;

namespace SmartCity;

/// <summary>A run as the program does it: with a report, and an exit code that says whether it went well.</summary>
internal static class Session
{
    public const int Balanced = 0;
    public const int Failed = 1;

    public static async Task<int> RunAsync(CityOptions options, TextWriter output, TextWriter error, CancellationToken stopping)
    {
        try
        {
            Summary summary = await City.RunAsync(options, output, stopping);
            await Report.WriteAsync(summary, options, output);
            return summary.Balanced ? Balanced : Failed;
        }
        catch (Exception e) when (e is MqttClientException or JobFailedException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            await error.WriteLineAsync(e.Message);
            return Failed;
        }
    }
}
