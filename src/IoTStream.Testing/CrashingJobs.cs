using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>Runs jobs with the sink that crash before or after a call of it, and then go on.</summary>
internal sealed class CrashingJobs<T>(IOutboxSink<T> sink, SinkTarget<T> target)
    where T : notnull
{
    private const int Epochs = 4;
    private const int PerEpoch = 10;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (SinkCallKind kind in Enum.GetValues<SinkCallKind>())
        {
            for (int call = 1; call <= Epochs; call++)
            {
                await RunAsync(new CrashPoint(kind, call, IsAfter: false), cancellationToken).ConfigureAwait(false);
                await RunAsync(new CrashPoint(kind, call, IsAfter: true), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RunAsync(CrashPoint point, CancellationToken cancellationToken)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("iotstream-conformance-");
        try
        {
            int[] numbers = [.. Enumerable.Range(0, Epochs * PerEpoch).Select(_ => target.NewNumber())];
            var options = new JobOptions { Lanes = 1, BatchSize = PerEpoch, EpochLog = EpochLog.At(directory.FullName), EpochInterval = TimeSpan.FromMilliseconds(1) };
            try
            {
                await RunAsync(Topology(numbers, new CrashingSink(sink, point)), options, cancellationToken).ConfigureAwait(false);
            }
            catch (JobFailedException exception) when (exception.InnerException is CrashException)
            {
                await RunAsync(Topology(numbers, sink), options, cancellationToken).ConfigureAwait(false);
            }

            target.Expect(numbers);
            await target.CheckAsync($"after a job that crashed {point} was started again", cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(Topology topology, JobOptions options, CancellationToken cancellationToken)
    {
        Job job = await topology.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (job.ConfigureAwait(false))
        {
            await job.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Topology Topology(int[] numbers, IOutboxSink<T> written)
    {
        var builder = new TopologyBuilder("conformance");
        builder.From("numbers", new EpochPacedSource<T>([.. numbers.Select(target.Record)], PerEpoch)).To("sink", written);
        return builder.Build();
    }

    private sealed class CrashException() : Exception("The check lets the job crash here.");

    private sealed record CrashPoint(SinkCallKind Kind, int Call, bool IsAfter)
    {
        private int _calls;

        public void Before(SinkCallKind kind) => Crash(kind, isAfter: false);

        public void After(SinkCallKind kind) => Crash(kind, isAfter: true);

        public override string ToString() => $"{(IsAfter ? "after" : "before")} call {Call} of {Kind}";

        private void Crash(SinkCallKind kind, bool isAfter)
        {
            if (kind == Kind && isAfter == IsAfter && ++_calls == Call)
            {
                throw new CrashException();
            }
        }
    }

    private sealed class CrashingSink(IOutboxSink<T> sink, CrashPoint point) : IOutboxSink<T>
    {
        public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => sink.OpenAsync(context, cancellationToken);

        public async ValueTask<IOutboxWriter<T>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken)
        {
            point.Before(SinkCallKind.Open);
            IOutboxWriter<T> writer = await sink.OpenOutboxAsync(context, cancellationToken).ConfigureAwait(false);
            try
            {
                point.After(SinkCallKind.Open);
            }
            catch
            {
                await writer.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            return new Writer(writer, point);
        }

        private sealed class Writer(IOutboxWriter<T> writer, CrashPoint point) : IOutboxWriter<T>
        {
            public void Encode(SinkBatch<T> batch, IBufferWriter<byte> outbox)
            {
                point.Before(SinkCallKind.Encode);
                writer.Encode(batch, outbox);
                point.After(SinkCallKind.Encode);
            }

            public async ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken)
            {
                point.Before(SinkCallKind.GetLastEpoch);
                long last = await writer.GetLastEpochAsync(cancellationToken).ConfigureAwait(false);
                point.After(SinkCallKind.GetLastEpoch);
                return last;
            }

            public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
            {
                point.Before(SinkCallKind.Apply);
                await writer.ApplyAsync(epoch, outbox, cancellationToken).ConfigureAwait(false);
                point.After(SinkCallKind.Apply);
            }

            public ValueTask DisposeAsync() => writer.DisposeAsync();
        }
    }
}
