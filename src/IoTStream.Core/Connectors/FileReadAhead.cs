using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace IoTStream.Connectors;

/// <summary>
/// The bytes of a file, for a lane that must not wait: while it works on what has been read, the next chunk is read in the
/// background, and no more than that.
/// </summary>
internal sealed class FileReadAhead : IAsyncDisposable
{
    private readonly SafeFileHandle _file;
    private readonly int _chunkSize;
    private readonly Action _notify;
    private readonly CancellationTokenSource _closing = new();
    private byte[] _chunk = [];
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _position;
    private Task? _read;
    private bool _reading;
    private int _length;
    private Exception? _error;

    /// <param name="file">The open file; it is closed with this.</param>
    /// <param name="position">The first byte to read.</param>
    /// <param name="chunkSize">How many bytes to read at a time.</param>
    /// <param name="notify">Called when a chunk is there.</param>
    public FileReadAhead(SafeFileHandle file, long position, int chunkSize, Action notify)
    {
        _file = file;
        _position = position;
        _chunkSize = chunkSize;
        _notify = notify;
    }

    /// <summary>What has been read and not been consumed; valid until the next call of <see cref="TryFill"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Whether <see cref="Unread"/> is all that is left.</summary>
    public bool AtEnd { get; private set; }

    public void Consume(int count) => _start += count;

    /// <summary>Appends the next chunk to <see cref="Unread"/> if it is there.</summary>
    /// <returns>False if it is still being read; a notification follows.</returns>
    public bool TryFill()
    {
        if (AtEnd)
        {
            return true;
        }

        if (_read is null)
        {
            _chunk = new byte[_chunkSize];
            StartRead();
        }

        if (Volatile.Read(ref _reading))
        {
            return false;
        }

        if (_error is not null)
        {
            ExceptionDispatchInfo.Throw(_error);
        }

        if (_length == 0)
        {
            AtEnd = true;
            _chunk = [];
            _file.Dispose();
            return true;
        }

        Append(_chunk.AsSpan(0, _length));
        StartRead();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_read is not null)
        {
            await _read.ConfigureAwait(false);
        }

        _file.Dispose();
        _closing.Dispose();
    }

    private void StartRead()
    {
        _reading = true;
        _read = ReadAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            _length = await RandomAccess.ReadAsync(_file, _chunk, _position, _closing.Token).ConfigureAwait(false);
            _position += _length;
        }
        catch (Exception exception)
        {
            _error = exception;
        }

        // Written last: it publishes the fields above to the lane.
        Volatile.Write(ref _reading, false);
        _notify();
    }

    private void Append(ReadOnlySpan<byte> chunk)
    {
        int unread = _end - _start;
        byte[] target = _buffer.Length >= unread + chunk.Length ? _buffer : new byte[Math.Max(unread + chunk.Length, 2 * _buffer.Length)];
        _buffer.AsSpan(_start, unread).CopyTo(target);
        chunk.CopyTo(target.AsSpan(unread));
        _buffer = target;
        _start = 0;
        _end = unread + chunk.Length;
    }
}
