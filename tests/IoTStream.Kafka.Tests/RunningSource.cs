using System.Collections.Concurrent;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests;

/// <summary>A job that collects what a source gives.</summary>
internal sealed class RunningSource<T> : IAsyncDisposable
{
    private readonly ConcurrentQueue<(T Value, RecordContext Context)> _records = new();
    private readonly ConcurrentQueue<DeadLetter> _deadLetters = new();

    private RunningSource()
    {
    }

    public Job Job { get; private set; } = null!;

    public IReadOnlyList<(T Value, RecordContext Context)> Records => [.. _records];

    public IReadOnlyList<T> Values => [.. _records.Select(static record => record.Value)];

    public IReadOnlyList<DeadLetter> DeadLetters => [.. _deadLetters];

    public static async Task<RunningSource<T>> StartAsync(ISource<T> source, JobOptions? options = null, Action<T>? onRecord = null, string topology = "reading")
    {
        var running = new RunningSource<T>();
        var builder = new TopologyBuilder(topology);
        builder.From("messages", source).ForEach("collect", (value, context) =>
        {
            onRecord?.Invoke(value);
            running._records.Enqueue((value, context));
        });
        builder.DeadLetters.ForEach("undecodable", running._deadLetters.Enqueue);
        running.Job = await builder.Build().StartAsync(options ?? new JobOptions { Lanes = 2 }).WaitAsync(Limits.Wait);
        return running;
    }

    /// <summary>Waits for so many records.</summary>
    public async Task<IReadOnlyList<T>> TakeAsync(int count)
    {
        await Limits.UntilAsync(() => _records.Count >= count || Job.Completion.IsCompleted, $"{count} records, of which {_records.Count} came");
        if (Job.Completion.IsFaulted)
        {
            await Job.Completion;
        }

        return Values;
    }

    /// <summary>Waits for the end of the source.</summary>
    public Task EndAsync() => Job.Completion.WaitAsync(Limits.Wait);

    public async ValueTask DisposeAsync() => await Job.DisposeAsync();
}
