using System.Globalization;
using IoTStream.Amqp.Tests.Peers;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Tests.Killed;

/// <summary>Looks at what a job that was interrupted has done.</summary>
internal static class Outcome
{
    /// <summary>Waits until every number is in the files, and checks that it is there, and among the messages as their identifiers tell them apart, once, and that no key was counted with a gap or twice.</summary>
    public static async Task CheckAsync(int numbers, PlainClient client, string output, string directory)
    {
        await Limits.UntilAsync(() => Lines(directory).Length >= numbers, $"{numbers} numbers in the files");
        Check(Lines(directory), numbers);

        Dictionary<string, string> messages = new(StringComparer.Ordinal);
        int repeated = 0;
        using var limit = new CancellationTokenSource(Limits.Wait);
        while (messages.Count < numbers && !limit.IsCancellationRequested)
        {
            foreach (BasicGetResult message in await client.TakeAsync(output))
            {
                string identifier = message.BasicProperties.MessageId!;
                if (!messages.TryAdd(identifier, PlainClient.TextOf(message)))
                {
                    messages[identifier].Should().Be(PlainClient.TextOf(message), "what is published again is the same");
                    repeated++;
                }
            }
        }

        Check([.. messages.Values], numbers);
        TestContext.Out.WriteLine($"{numbers} numbers, of which {repeated} messages were published again.");
    }

    public static string[] Lines(string directory)
    {
        string files = Path.Combine(directory, "files");
        return Directory.Exists(files) ? [.. Directory.GetFiles(files, "*.jsonl").SelectMany(File.ReadAllLines)] : [];
    }

    private static void Check(string[] results, int numbers)
    {
        int[][] parsed = [.. results.Select(static result => result.Trim('[', ']').Split(',').Select(static part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray())];
        parsed.Select(static result => result[0]).Order().Should().Equal(Enumerable.Range(0, numbers));
        foreach (IGrouping<int, int[]> key in parsed.GroupBy(static result => result[0] % KilledJob.Keys))
        {
            key.Select(static result => result[1]).Order().Should().Equal(Enumerable.Range(1, key.Count()));
        }
    }
}
