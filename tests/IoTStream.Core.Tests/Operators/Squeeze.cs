using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Drives one operator by hand, with outputs that have room for one batch now and then, or always.</summary>
internal sealed class Squeeze(OperatorContext context, Random? random)
{
    private readonly List<Action<int>> _rooms = [];

    /// <summary>An output of the operator.</summary>
    public Probe<T> Output<T>()
    {
        var probe = new Probe<T>();
        _rooms.Add(room => probe.Room = room);
        return probe;
    }

    /// <summary>Changes the room of all outputs.</summary>
    public void Change()
    {
        if (random is not null)
        {
            _rooms.ForEach(room => room(random.Next(2)));
        }
    }

    /// <summary>Goes on until nothing waits in the operator.</summary>
    public void Settle() => Settle(() => !context.Resumables.Exists(operation => operation.HasPending));

    /// <summary>Goes on until a condition holds, with the room that comes and goes meanwhile.</summary>
    public void Settle(Func<bool> condition)
    {
        for (int round = 0; ; round++)
        {
            Change();
            foreach (IResumable operation in context.Resumables)
            {
                if (operation.HasPending)
                {
                    operation.Resume();
                }
            }

            if (condition())
            {
                return;
            }

            round.Should().BeLessThan(20_000, "an operator with room now and then comes to an end");
        }
    }
}
