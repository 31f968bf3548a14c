using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class KeyedStoreTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Test]
    public void Keys_without_state_are_not_kept()
    {
        var states = new StateSet();
        ValueState<int> value = states.Value<int>("value");
        ListState<int> list = states.List<int>("list");
        var store = new KeyedStore<string>(states, hasEventTime: true, new FakeClock());

        At(store, "read only", 1, () => value.Value.Should().Be(0));
        At(store, "kept", 1, () => value.Value = 1);
        At(store, "emptied", 1, () =>
        {
            list.Add(1);
            value.Value = 2;
        });
        At(store, "emptied", 2, () =>
        {
            value.Clear();
            list.RemoveRange(0, 1);
        });

        store.Count.Should().Be(1);
    }

    [Test]
    public void What_has_expired_is_given_up_while_other_keys_come([Values] bool byEventTime)
    {
        var clock = new FakeClock();
        var states = new StateSet();
        MapState<int, int> map = states.Map<int, int>("map", byEventTime ? StateTtl.ByEventTime(Minute) : StateTtl.ByProcessingTime(Minute));
        var store = new KeyedStore<int>(states, hasEventTime: true, clock);
        for (int key = 0; key < 10_000; key++)
        {
            At(store, key, 0, () => map[1] = 1);
        }

        store.Count.Should().Be(10_000);
        clock.Advance(Minute);
        store.EventClock = Minute.Ticks;
        for (int i = 0; i < 10_000; i++)
        {
            At(store, -1, Minute.Ticks, () => map[1] = 1);
        }

        store.Count.Should().Be(1, "each callback looks after a few others");
    }

    [Test]
    public void Values_that_are_structs_cost_no_allocation()
    {
        var states = new StateSet();
        ValueState<(long, double)> value = states.Value<(long, double)>("value", ttl: StateTtl.ByEventTime(Minute));
        var store = new KeyedStore<int>(states, hasEventTime: true, new FakeClock());
        Count(1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Count(100_000);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void Count(int times)
        {
            for (int i = 0; i < times; i++)
            {
                store.Enter(i % 100, new RecordContext(i, Sequence.Partition.Origin));
                value.Value = (value.Value.Item1 + 1, i);
                store.Leave();
            }
        }
    }

    [Test]
    public void A_state_is_used_only_where_there_is_a_key()
    {
        var states = new StateSet();
        ValueState<int> value = states.Value<int>("value");

        value.Invoking(state => state.Value).Should().Throw<InvalidOperationException>().WithMessage("*before the job had started*");
        var store = new KeyedStore<int>(states, hasEventTime: true, new FakeClock());
        value.Invoking(state => state.Value = 1).Should().Throw<InvalidOperationException>().WithMessage("*no current key*");
        At(store, 1, 1, () => value.Value = 1);
        value.Invoking(state => state.Clear()).Should().Throw<InvalidOperationException>().WithMessage("*no current key*");
    }

    [Test]
    public void Declarations_that_cannot_be_found_again_are_refused()
    {
        var states = new StateSet();
        states.Value<int>("value");

        states.Invoking(set => set.List<int>("value")).Should().Throw<ArgumentException>().WithMessage("*two states named 'value'*");
        states.Invoking(set => set.List<int>(" ")).Should().Throw<ArgumentException>();
        _ = new KeyedStore<int>(states, hasEventTime: true, new FakeClock());
        states.Invoking(set => set.List<int>("late")).Should().Throw<InvalidOperationException>().WithMessage("*in the constructor*");
        FluentActions.Invoking(() => new KeyedStore<int>(states, hasEventTime: true, new FakeClock()))
            .Should().Throw<InvalidOperationException>().WithMessage("*same instance twice*");
    }

    [Test]
    public void Expiry_at_the_ends_of_time_does_not_overflow()
    {
        var states = new StateSet();
        ValueState<int> value = states.Value<int>("value", ttl: StateTtl.ByEventTime(TimeSpan.MaxValue));
        var store = new KeyedStore<int>(states, hasEventTime: true, new FakeClock());

        At(store, 1, long.MaxValue - 5, () => value.Value = 1);
        At(store, 1, long.MaxValue - 4, () => value.Value.Should().Be(1));
        At(store, 2, long.MinValue + 5, () => value.Value = 1);
        At(store, 2, long.MinValue + 6, () => value.Value.Should().Be(1));
    }

    private static void At<TKey>(KeyedStore<TKey> store, TKey key, long timestamp, Action action)
        where TKey : notnull
    {
        store.Enter(key, new RecordContext(timestamp, Sequence.Partition.Origin));
        action();
        store.Leave();
    }
}
