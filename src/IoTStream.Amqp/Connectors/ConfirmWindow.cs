namespace IoTStream.Amqp.Connectors;

/// <summary>The messages of one channel that are published and not confirmed, by the numbers that channels count them with, from 1. Not thread-safe.</summary>
internal sealed class ConfirmWindow(int capacity)
{
    private readonly OutgoingMessage?[] _messages = new OutgoingMessage?[capacity];
    private ulong _oldest = 1;
    private ulong _next = 1;

    /// <summary>How many numbers there are from the oldest message that is not confirmed on.</summary>
    public int Count => (int)(_next - _oldest);

    public bool IsFull => Count == capacity;

    /// <summary>Gives a message the next number. There has to be room.</summary>
    public void Add(OutgoingMessage message)
    {
        _messages[Place(_next)] = message;
        _next++;
    }

    /// <summary>Takes a message out, with all before it if that is so.</summary>
    /// <param name="number">Its number; 0 with <paramref name="multiple"/> is all (0-9-1, section 1.8.3.13).</param>
    /// <param name="multiple">Whether those before it are taken out, too.</param>
    /// <param name="taken">Gets those that were in it, if they are wanted.</param>
    public void Remove(ulong number, bool multiple, ICollection<OutgoingMessage>? taken)
    {
        ulong last = number == 0 ? _next - 1 : Math.Min(number, _next - 1);
        for (ulong each = multiple ? _oldest : Math.Max(number, _oldest); each <= last; each++)
        {
            ref OutgoingMessage? message = ref _messages[Place(each)];
            if (message is not null)
            {
                taken?.Add(message);
                message = null;
            }
        }

        while (_oldest < _next && _messages[Place(_oldest)] is null)
        {
            _oldest++;
        }
    }

    private int Place(ulong number) => (int)(number % (ulong)capacity);
}
