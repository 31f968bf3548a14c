using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>Waiting with a limit, so that a test which would hang fails.</summary>
internal static class Within
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task Time(Task task) => task.WaitAsync(Limit);

    public static Task<T> Time<T>(Task<T> task) => task.WaitAsync(Limit);

    public static Task Time(ValueTask task) => task.AsTask().WaitAsync(Limit);

    /// <summary>Waits until a condition holds that nothing announces.</summary>
    public static async Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopwatch.GetElapsedTime(start).Should().BeLessThan(Limit, "this should hold by then: {0}", text);
            await Task.Delay(TimeSpan.FromMilliseconds(1));
        }
    }
}
