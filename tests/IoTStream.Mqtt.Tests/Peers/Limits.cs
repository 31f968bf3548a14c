namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>Time limits of tests: generous, since they only matter when something is broken.</summary>
internal static class Limits
{
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    /// <summary>Waits until the condition holds; fails the test, saying what was waited for, when it takes too long.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Wait);
        while (!condition())
        {
            if (limit.IsCancellationRequested)
            {
                Assert.Fail($"Waited {Wait.TotalSeconds} s in vain: {what}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
