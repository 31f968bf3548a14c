using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace IoTStream.Connectors;

/// <summary>A channel as a source: read on the lane, waited for without a task of its own.</summary>
internal sealed class ChannelSource<T>(ChannelReader<T> channel) : ISource<T>
{
    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new([new Reader(channel, context)]);

    private sealed class Reader(ChannelReader<T> channel, SourceContext context) : ISourceReader<T>
    {
        private readonly CancellationTokenSource _closing = new();
        private bool _waiting;
        private bool _ended;
        private Exception? _error;

        public IReadOnlyList<SourcePartition> Partitions { get; } = [new(context.Step, 0, context.Step)];

        public ReadStatus Read(SourceBatch<T> batch)
        {
            while (batch.Free > 0)
            {
                if (channel.TryRead(out T? item))
                {
                    batch.Add(item);
                }
                else if (Volatile.Read(ref _waiting))
                {
                    return ReadStatus.Drained;
                }
                else if (_ended)
                {
                    return batch.Count > 0 ? ReadStatus.More : End();
                }
                else
                {
                    _waiting = true;
                    _ = WaitAsync();
                }
            }

            return ReadStatus.More;
        }

        public async ValueTask DisposeAsync()
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            _closing.Dispose();
        }

        private async Task WaitAsync()
        {
            try
            {
                _ended = !await channel.WaitToReadAsync(_closing.Token).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                _error = exception;
                _ended = true;
            }

            // Written last: it publishes the fields above to the lane.
            Volatile.Write(ref _waiting, false);
            context.NotifyAvailable();
        }

        private ReadStatus End()
        {
            if (_error is not null)
            {
                ExceptionDispatchInfo.Throw(_error);
            }

            return ReadStatus.Ended;
        }
    }
}
