using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Storage.PostgreSql;

/// <summary>Writes rows when there are enough, or the input pauses. While the database takes a buffer, the next is filled.</summary>
internal sealed class RowWriter<T>(TableWriter table, RowFormat<T> format, int bufferSize) : ISinkWriter<T>
{
    private ArrayBufferWriter<byte> _filled = new();
    private ArrayBufferWriter<byte> _sent = new();
    private Task _sending = Task.CompletedTask;

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            format.Append(batch.Values.Span[i], _filled);
            if (_filled.WrittenCount >= bufferSize)
            {
                await BeginSendingAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await BeginSendingAsync(cancellationToken).ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

    public async ValueTask DisposeAsync()
    {
        // A failure was reported by the call that waited for it, or belongs to a job that has failed or is cancelled already.
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await table.DisposeAsync().ConfigureAwait(false);
    }

    private async Task BeginSendingAsync(CancellationToken cancellationToken)
    {
        await _sending.ConfigureAwait(false);
        if (_filled.WrittenCount > 0)
        {
            (_filled, _sent) = (_sent, _filled);
            _filled.ResetWrittenCount();
            _sending = SendAsync(_sent.WrittenMemory, cancellationToken);
        }
    }

    private Task SendAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellationToken) =>
        table.WriteAsync([new RowPart(format.Columns, Fits: true, [new ReadOnlySequence<byte>(rows)])], static (_, _) => Task.FromResult(true), cancellationToken);
}
