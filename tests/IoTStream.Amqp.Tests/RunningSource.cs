using System.Collections.Concurrent;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Amqp.Tests;

/// <summary>A job that collects what a source gives.</summary>
internal sealed class RunningSource : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Value, RecordContext Context)> _records = new();
    private readonly ConcurrentQueue<DeadLetter> _deadLetters = new();

    private RunningSource()
    {
    }

    public Job Job { get; private set; } = null!;

    public IReadOnlyList<(string Value, RecordContext Context)> Records => [.. _records];

    public IReadOnlyList<string> Values => [.. _records.Select(static record => record.Value)];

    public IReadOnlyList<DeadLetter> DeadLetters => [.. _deadLetters];

    public static async Task<RunningSource> StartAsync(ISource<string> source, JobOptions? options = null)
    {
        var running = new RunningSource();
        var builder = new TopologyBuilder("reading");
        builder.From("messages", source).ForEach("collect", (value, context) => running._records.Enqueue((value, context)));
        builder.DeadLetters.ForEach("undecodable", running._deadLetters.Enqueue);
        running.Job = await builder.Build().StartAsync(options ?? new JobOptions { Lanes = 1 }).WaitAsync(Limits.Wait);
        return running;
    }

    /// <summary>Waits for so many items, records and dead letters.</summary>
    public async Task TakeAsync(int count)
    {
        await Limits.UntilAsync(() => _records.Count + _deadLetters.Count >= count || Job.Completion.IsCompleted, $"{count} items");
        if (Job.Completion.IsFaulted)
        {
            await Job.Completion;
        }
    }

    public async ValueTask DisposeAsync() => await Job.DisposeAsync();
}
